import { type ComponentChildren, Fragment } from "preact";
import { useId } from "preact/hooks";
import { useDashboard } from "../data/context.ts";

/** A time in the reader's zone, with UTC on hover and in the markup. */
export const Time = ({ at, dateOnly = false }: { at: string | null | undefined; dateOnly?: boolean }) => {
  const { formats } = useDashboard();
  if (at === null || at === undefined) return <>–</>;
  return (
    <time dateTime={at} title={formats.utc(at)}>
      {dateOnly ? formats.date(at) : formats.time(at)}
    </time>
  );
};

/**
 * A name that may be long: it breaks after `/` and `@`. Characters that change the text direction are removed, because they
 * could make a name look like another one.
 */
export const Name = ({ text }: { text: string }) => (
  <>
    {text
      .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
      .split(/(?<=[/@])/)
      .map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
  </>
);

/** A section of a view with its heading. */
export const Panel = ({
  title,
  note,
  tools,
  children,
}: {
  title: string;
  note?: ComponentChildren;
  tools?: ComponentChildren;
  children: ComponentChildren;
}) => {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <div class="panel-header">
        <h2 id={id}>{title}</h2>
        {tools}
      </div>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
    </section>
  );
};

type CardProps = {
  title: string;
  value: ComponentChildren;
  detail?: ComponentChildren;
  /** Whether the card is inside a panel: its heading is then one level lower. */
  inner?: boolean;
  children?: ComponentChildren;
};

/** One figure, with its name above and details below. */
export const Card = ({ title, value, detail, inner = false, children }: CardProps) => {
  const Heading = inner ? "h3" : "h2";
  return (
    <div class="card">
      <Heading>{title}</Heading>
      <p class="figure">{value}</p>
      {detail !== undefined && <p class="detail">{detail}</p>}
      {children}
    </div>
  );
};

export type Tone = "good" | "warn" | "bad" | "plain";

export const Badge = ({ tone, children }: { tone: Tone; children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>{children}</span>
);

/** A share of a whole as a bar. Screen readers skip it: the figure is in the text beside it. */
export const ShareBar = ({ of, whole, tone = "plain" }: { of: number; whole: number; tone?: Tone }) => (
  <span class={`share ${tone}`} aria-hidden="true">
    <span style={{ width: `${whole > 0 ? Math.min(100, (100 * of) / whole) : 0}%` }} />
  </span>
);

/** A small trend line. Screen readers skip it: the chart below has the figures. */
export const Sparkline = ({ values }: { values: readonly number[] }) => {
  const highest = Math.max(...values, 1);
  const points = values.map(
    (value, index) => `${(100 * index) / Math.max(1, values.length - 1)},${24 - (22 * value) / highest}`,
  );
  if (values.length < 2) return null;
  return (
    <svg class="sparkline" viewBox="0 0 100 25" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(" ")} vector-effect="non-scaling-stroke" />
    </svg>
  );
};

/** A choice of one option, as radio buttons that look like a row of buttons. */
export const Choice = <Id extends string>({
  label,
  options,
  chosen,
  onChoose,
}: {
  label: string;
  options: readonly { id: Id; title: string }[];
  chosen: Id;
  onChoose: (id: Id) => void;
}) => {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{label}</legend>
      {options.map(({ id, title }) => (
        <label key={id}>
          <input type="radio" name={name} checked={id === chosen} onChange={() => onChoose(id)} />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
};
