import { writeDocuments } from "../../tools/documents/write.ts";

/** The functions that serve the dashboard and the OpenAPI document import them, so they must be there before any test. */
export const setup = async (): Promise<void> => {
  await writeDocuments();
};
