import { render } from "preact";
import { App } from "./app.tsx";
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/print.css";

const root = document.getElementById("page");
if (root !== null) render(<App />, root);
