/**
 * The writer of exceljs alone, without the readers and the CSV of its entrance: they bring along many packages, one of which
 * states no license.
 */
declare module "exceljs/lib/stream/xlsx/workbook-writer.js" {
  import ExcelJS from "exceljs";
  export default ExcelJS.stream.xlsx.WorkbookWriter;
}
