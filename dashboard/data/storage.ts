/**
 * What the browser keeps. The token is kept for the tab alone; settings stay. Where storage is turned off, neither outlasts
 * the page.
 */
const PREFIX = "mirrord-license-server.";

const attempt = <T>(action: () => T): T | undefined => {
  try {
    return action();
  } catch {
    return undefined;
  }
};

export const keptToken = (): string | undefined => attempt(() => sessionStorage.getItem(`${PREFIX}token`)) ?? undefined;

export const keepToken = (token: string | undefined): void => {
  attempt(() =>
    token === undefined ? sessionStorage.removeItem(`${PREFIX}token`) : sessionStorage.setItem(`${PREFIX}token`, token),
  );
};

export const remembered = (name: string): string | undefined =>
  attempt(() => localStorage.getItem(PREFIX + name)) ?? undefined;

export const remember = (name: string, value: string): void => {
  attempt(() => localStorage.setItem(PREFIX + name, value));
};
