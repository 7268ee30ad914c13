import { useEffect, useRef, useState } from "preact/hooks";
import { cleanToken, readGrant } from "../model/grant.ts";

export type SignInReason = "first" | "refused" | "signed out";

const MESSAGES: Record<SignInReason, string | undefined> = {
  first: undefined,
  refused: "Invalid or expired access token. Sign in with another one.",
  "signed out": "You are signed out. The token was removed from this tab.",
};

/** Asks for an access token. The address keeps the requested view. */
export const SignIn = ({ reason, onToken }: { reason: SignInReason; onToken: (token: string) => void }) => {
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const token = cleanToken(text);
    if (readGrant(token) === undefined)
      setError("This isn't a valid access token. Paste the whole token, starting with eyJ.");
    else onToken(token);
  };
  return (
    <main class="sign-in" tabIndex={-1}>
      <h1>mirrord license server</h1>
      {MESSAGES[reason] !== undefined && (
        <p class="notice" role="alert">
          {MESSAGES[reason]}
        </p>
      )}
      <form onSubmit={submit}>
        <label for="token">Access token</label>
        <input
          id="token"
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={text}
          aria-invalid={error !== undefined}
          aria-describedby="token-hint"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p
          id="token-hint"
          class={error === undefined ? "hint" : "hint error"}
          role={error === undefined ? undefined : "alert"}
        >
          {error ?? (
            <>
              Run <code>npx license-server dashboard</code> to get a sign-in link. The token stays in this tab and is
              sent only to this server.
            </>
          )}
        </p>
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
    </main>
  );
};
