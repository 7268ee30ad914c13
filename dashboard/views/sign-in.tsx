import { useEffect, useRef, useState } from "preact/hooks";
import { cleanToken, readGrant } from "../model/grant.ts";

export type SignInReason = "first" | "refused" | "signed out";

const TOLD: Record<SignInReason, string | undefined> = {
  first: undefined,
  refused: "The server does not accept this token: it is wrong, or has expired. Sign in with another one.",
  "signed out": "You are signed out. The token is gone from this tab.",
};

/** Asks for an access token. The address keeps the place somebody wanted to go to. */
export const SignIn = ({ reason, onToken }: { reason: SignInReason; onToken: (token: string) => void }) => {
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const token = cleanToken(text);
    if (readGrant(token) === undefined)
      setFault("That is not an access token: it has three parts with dots between them.");
    else onToken(token);
  };
  return (
    <main class="sign-in" tabIndex={-1}>
      <h1>mirrord license server</h1>
      {TOLD[reason] !== undefined && (
        <p class="notice" role="alert">
          {TOLD[reason]}
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
          aria-invalid={fault !== undefined}
          aria-describedby="token-hint"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p
          id="token-hint"
          class={fault === undefined ? "hint" : "hint fault"}
          role={fault === undefined ? undefined : "alert"}
        >
          {fault ?? (
            <>
              Whoever runs the server makes one: <code>npx license-server dashboard</code> prints a link that signs you
              in. The token stays in this tab and goes to this server only.
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
