import { describe, expect, it } from "vitest";
import { argumentFaults, decodeUtf8, InvalidUtf8, variableFaults } from "../../../tools/input/utf8.ts";

const read = (bytes: Uint8Array): string => {
  try {
    return decodeUtf8(Buffer.from(bytes));
  } catch (error) {
    if (error instanceof InvalidUtf8) return error.message;
    throw error;
  }
};

describe("bytes", () => {
  it("that are valid UTF-8 are read as they are, a real U+FFFD and a byte order mark included", () => {
    for (const text of ["", "\ufeffkey\r\n", "a\ufffdb", "山田 👩\u200d💻\0"])
      expect(read(Buffer.from(text))).toBe(text);
  });

  it.each([
    [[0xe9], "line 1, byte 1"],
    [[0x61, 0x0a, 0x0a, 0x62, 0xff, 0x63], "line 3, byte 2"],
    // The first byte of a character whose others are missing, an overlong slash, a surrogate half.
    [[0x61, 0xc3], "line 1, byte 2"],
    [[0xc0, 0xaf], "line 1, byte 1"],
    [[0x61, 0xef, 0xbf], "line 1, byte 2"],
    [[0xed, 0xa0, 0x80], "line 1, byte 1"],
  ])("that are not are refused with the place: %j", (bytes, place) => {
    expect(read(Uint8Array.from(bytes))).toBe(`not valid UTF-8 at ${place}`);
  });

  it("with a real U+FFFD before the damage are refused at the damage", () => {
    expect(read(Buffer.concat([Buffer.from("\ufffd"), Uint8Array.of(0xff)]))).toContain("byte 4");
  });
});

describe("arguments and variables", () => {
  it("that are not valid UTF-8 are named, never quoted", () => {
    expect(argumentFaults(["seat", "ls", "--user", "secret\ufffd", "--key=k\ufffd", "x\ufffd", "fine"])).toEqual([
      "Argument 4, after --user: not valid UTF-8 at character 7",
      "Argument 5 (--key): not valid UTF-8 at character 8",
      "Argument 6: not valid UTF-8 at character 2",
    ]);
    const env = { LICENSE_SERVER_URL: "http://\ufffd", OTHER: "\ufffd", HOME: "/home/\ufffd" };
    expect(variableFaults(env, ["LICENSE_SERVER_*", "HOME"]).map((line) => line.split(":")[0])).toEqual([
      "LICENSE_SERVER_URL",
      "HOME",
    ]);
  });
});
