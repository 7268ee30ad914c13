import { BLOCKABLE_FEATURES } from "../../../shared/contract/policy-facts.ts";
import type { EvaluateInput } from "../../../shared/contract/policy-requests.ts";
import { CliError, EXIT } from "../exit.ts";
import { safe } from "../text.ts";

/** The options of `policy test` that describe a session. */
export type SessionOptions = {
  cluster?: string;
  clusterId?: string;
  namespace?: string;
  target?: string;
  container?: string;
  feature?: string[];
  headerFilter?: string;
  pathFilter?: string;
  withProfile?: string;
  label?: string[];
  owner?: string[];
  semantics?: "target" | "owners";
  copyTarget?: boolean;
  env?: string[];
  open?: string[];
  connect?: string[];
};

type Body = Omit<EvaluateInput, "drafts">;

/**
 * The session that the options describe. Without an option, the session has no HTTP filter, no profile and no feature. Labels,
 * owners and the operator's version are then not known. A session without a target has the name `targetless`. @throws CliError with every fault
 */
export const sessionOf = (options: SessionOptions): Body => {
  const faults: string[] = [];
  const refuse = (message: string): undefined => void faults.push(message);
  const { namespace = "default", target = "targetless" } = options;
  const [kind = "", name = "", ...rest] = target.split("/");
  if (rest.length > 0 || kind === "" || (name === "" && kind !== "targetless"))
    refuse(`--target ${safe(target)}: use KIND/NAME, such as deployment/checkout, or targetless.`);
  // The server accepts any feature and judges only these, so a mistyped one would be allowed.
  for (const feature of options.feature ?? [])
    if (!BLOCKABLE_FEATURES.some((known) => known === feature))
      refuse(`--feature ${safe(feature)}: use one of ${BLOCKABLE_FEATURES.join(", ")}.`);
  const labels = pairs("--label", options.label, refuse);
  const filter = filterOf(options, refuse);
  const owners = options.owner?.map((owner) => {
    const [ownerKind = "", ownerName = "", ...more] = owner.split("/");
    if (ownerKind === "" || ownerName === "" || more.length > 0) refuse(`--owner ${safe(owner)}: use KIND/NAME.`);
    return { kind: ownerKind, name: ownerName };
  });
  const connections = options.connect?.flatMap((text) => connectionOf(text, refuse) ?? []);
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  return {
    ...(options.cluster === undefined ? {} : { cluster_name: options.cluster }),
    ...(options.clusterId === undefined ? {} : { cluster_id: options.clusterId }),
    target: {
      namespace,
      kind,
      name: name || kind,
      ...(options.container === undefined ? {} : { container: options.container }),
    },
    policy_facts: {
      features: options.feature ?? [],
      http_filter: filter,
      profile: options.withProfile ?? null,
      copy_target: options.copyTarget ?? false,
      ...(options.semantics === undefined ? {} : { operator_semantics: options.semantics }),
      ...(labels === undefined ? {} : { labels }),
      ...(owners === undefined ? {} : { owners }),
    },
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.open === undefined ? {} : { files: options.open }),
    ...(connections === undefined ? {} : { connections }),
  } as Body;
};

const filterOf = ({ headerFilter: header, pathFilter: path }: SessionOptions, refuse: (message: string) => void) => {
  if (header !== undefined && path !== undefined) refuse("Use either --header-filter or --path-filter.");
  if (header !== undefined) return { header };
  return path === undefined ? null : { path };
};

const pairs = (option: string, texts: string[] | undefined, refuse: (message: string) => void) => {
  if (texts === undefined) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) refuse(`${option} ${safe(text)}: use KEY=VALUE.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
};

/** `HOST:PORT`, `IP:PORT`, `[IPV6]:PORT`, with `/udp` for UDP. */
const connectionOf = (text: string, refuse: (message: string) => undefined) => {
  const [, host = "", port = "", protocol = "tcp"] = /^(.+):(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text) ?? [];
  if (host === "" || Number(port) > 65_535) return refuse(`--connect ${safe(text)}: use HOST:PORT, or HOST:PORT/udp.`);
  const address = host.replace(/^\[(.*)\]$/, "$1");
  const isAddress = /^[\d.]+$/.test(address) || address.includes(":");
  return {
    ...(isAddress ? { ip: address, hostname: null } : { hostname: address }),
    port: Number(port),
    protocol: protocol.toUpperCase() as "TCP" | "UDP",
  };
};
