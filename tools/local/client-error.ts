import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Answers a request that Node's HTTP parser refused, with the reason, and ends its connection. */
export const refuseRequest = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  // The client is gone, or an answer to an earlier request is under way.
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUSES[error.code ?? ""] ?? 400;
  const reason = REASONS[error.code ?? ""];
  const message = `${STATUS_CODES[status]}${reason === undefined ? "" : `: ${reason}`}`;
  const body = JSON.stringify({ message });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "connection: close",
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
};

// As Node answers them itself (documentation of `http`, event "clientError").
const STATUSES: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const REASONS: Record<string, string> = {
  HPE_INVALID_URL: "percent-encode all of the address but ASCII, as UTF-8",
  HPE_INVALID_HEADER_TOKEN: "a header has a character that no header may have",
};
