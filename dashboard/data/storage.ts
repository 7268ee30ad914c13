/**
 * What the browser stores: the token for this tab only, settings permanently. When storage is turned off, both last until the
 * page is closed.
 */
const PREFIX = "mirrord-license-server.";

const attempt = <T>(action: () => T): T | undefined => {
  try {
    return action();
  } catch {
    return undefined;
  }
};

export const storedToken = (): string | undefined =>
  attempt(() => sessionStorage.getItem(`${PREFIX}token`)) ?? undefined;

export const storeToken = (token: string | undefined): void => {
  attempt(() =>
    token === undefined ? sessionStorage.removeItem(`${PREFIX}token`) : sessionStorage.setItem(`${PREFIX}token`, token),
  );
};

export const readSetting = (name: string): string | undefined =>
  attempt(() => localStorage.getItem(PREFIX + name)) ?? undefined;

export const writeSetting = (name: string, value: string): void => {
  attempt(() => localStorage.setItem(PREFIX + name, value));
};
