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

/** A text that is not saved yet, and the version that it began from. It lasts until the tab is closed or signs out. */
export type StoredDraft = { text: string; etag: string | undefined };

export const storedDraft = (key: string): StoredDraft | undefined =>
  attempt(() => {
    const found = sessionStorage.getItem(`${PREFIX}draft.${key}`);
    return found === null ? undefined : (JSON.parse(found) as StoredDraft);
  });

export const storeDraft = (key: string, draft: StoredDraft | undefined): void => {
  attempt(() =>
    draft === undefined
      ? sessionStorage.removeItem(`${PREFIX}draft.${key}`)
      : sessionStorage.setItem(`${PREFIX}draft.${key}`, JSON.stringify(draft)),
  );
};

/** Removes all drafts: the next person at this tab must not see them. */
export const removeDrafts = (): void => {
  attempt(() => {
    for (const name of Object.keys(sessionStorage))
      if (name.startsWith(`${PREFIX}draft.`)) sessionStorage.removeItem(name);
  });
};
