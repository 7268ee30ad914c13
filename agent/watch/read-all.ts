import type { IncomingMessage } from "node:http";

/**
 * Gives all bytes of an answer to `onChunk`. Resolves at its end, rejects if it breaks or is silent for `silenceMs`.
 *
 * When all that has arrived is read, the socket rests for `gatherMs`. A watch of a thousand sessions sends hundreds of small
 * records a second, and to wake up for each of them costs more than to read them.
 */
export const readAll = (
  body: IncomingMessage,
  { silenceMs, gatherMs }: { silenceMs: number; gatherMs: number },
  onChunk: (chunk: Buffer) => void,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const { socket } = body;
    let rest: NodeJS.Timeout | undefined;
    let isReading = false;
    let chunks = 0;
    const watchdog = setTimeout(() => body.destroy(new Error("the stream is silent")), silenceMs);
    const settle = (done: () => void): void => {
      clearTimeout(watchdog);
      clearTimeout(rest);
      // The connection may serve another call.
      socket.resume();
      body.destroy();
      done();
    };
    const restWhenRead = (): void => {
      const before = chunks;
      // Two turns of the event loop have a whole phase between them in which the socket is read.
      setImmediate(() =>
        setImmediate(() => {
          if (body.destroyed) return;
          if (chunks !== before) {
            restWhenRead();
            return;
          }
          socket.pause();
          rest = setTimeout(() => {
            isReading = false;
            socket.resume();
          }, gatherMs);
        }),
      );
    };
    body.on("data", (chunk: Buffer) => {
      watchdog.refresh();
      chunks += 1;
      onChunk(chunk);
      if (isReading) return;
      isReading = true;
      restWhenRead();
    });
    body.once("end", () => settle(resolve));
    body.once("error", (error) => settle(() => reject(error)));
    body.once("close", () => settle(() => reject(new Error("the stream was closed"))));
  });
