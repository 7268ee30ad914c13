/**
 * The writer of exceljs alone. Its main entry also loads readers and CSV with many packages, one of which states no
 * license.
 */
declare module "exceljs/lib/stream/xlsx/workbook-writer.js" {
  import ExcelJS from "exceljs";
  export default ExcelJS.stream.xlsx.WorkbookWriter;
}
