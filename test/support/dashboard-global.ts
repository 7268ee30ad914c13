import { writePage } from "../../dashboard/build.ts";

/** The function that serves the dashboard takes the page in as it is loaded, so it has to be there before any test. */
export const setup = async (): Promise<void> => {
  await writePage();
};
