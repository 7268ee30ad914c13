import { readFileSync } from "node:fs";

// Loaded before a server: its clock is ahead by the milliseconds in the file at CLOCK_PATH, which may change at any time.
const { now } = Date;
const path = process.env["CLOCK_PATH"] ?? "";
Date.now = () => now() + Number(readFileSync(path, "utf8"));
