/** How long the browser can read a file after the click. Safari reads it later than the click. */
const READABLE_MS = 60_000;

/** Saves a text as a file of the reader's, as if downloaded. Nothing is sent. */
export const saveFile = (name: string, type: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), READABLE_MS);
};
