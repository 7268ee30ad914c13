import { writeDocuments } from "./write.ts";

await writeDocuments();
