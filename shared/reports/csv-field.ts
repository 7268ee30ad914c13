const STARTS_A_FORMULA = /^(?:\s*[=+\-@＝＋－＠]|[\p{Cc}'])/u;

/**
 * One field of a CSV line. A number is written as it is, a text is quoted.
 *
 * No name that a user chose opens as a formula (OWASP "CSV Injection"). A text that begins with = + - @ (also full-width, also
 * after blanks) or with a control character such as tab or CR gets an apostrophe in front. So does a text that begins with an
 * apostrophe: removing one leading apostrophe gives every text back.
 */
export const csvField = (value: string | number): string => {
  if (typeof value === "number") return String(value);
  const text = STARTS_A_FORMULA.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
};
