import { describe, expect, it } from "vitest";
import { createSessions } from "../../../../agent/sessions/machine.ts";
import {
  CHILD_ID,
  child,
  createWorld,
  HOUR,
  ID,
  MINUTE,
  NAME,
  PARENT,
  PARENT_NAME,
  PARENT_UID,
  PREVIEW,
  PREVIEW_ID,
  parent,
  preview,
  SESSION,
  session,
  T0,
  time,
  UID,
  YEAR,
} from "./world.ts";

const seen = (object: unknown) => ({ type: "seen", kind: SESSION, object }) as const;
const deleted = (object: unknown) => ({ type: "deleted", kind: SESSION, object }) as const;
const active = (seconds: number) => ({ type: "active", kind: SESSION, uid: UID, connected: time(seconds) }) as const;
const seenParent = (object: unknown) => ({ type: "seen", kind: PARENT, object }) as const;
const seenPreview = (object: unknown) => ({ type: "seen", kind: PREVIEW, object }) as const;
const tick = { type: "tick" } as const;

// Each history also runs with a restart after every step: what it reports must be the same.
describe.each([
  ["in one process", false],
  ["with a restart after every observation", true],
])("a session, %s,", (_name, restarts) => {
  const world = () => createWorld({ restarts });

  it("starts at its creation and ends at the agent's own time of the last activity it saw", () => {
    const { at, list, events } = world();
    list(0);
    at(1, seen(session()));
    at(5, active(4));
    at(8, seen(session({ connected: 7 })));
    at(38, seen(session({ connected: 7, closed: "Unused", deleted: 38 })));
    at(98, deleted(session({ connected: 7, closed: "Unused", deleted: 38 })));
    expect(events).toEqual([`start ${ID} user`, `end ${ID} 8 s Unused`]);
  });

  it("that never connected lasts 0 s and keeps its reason", () => {
    const { at, list, events } = world();
    list(0);
    at(1, seen(session()));
    at(181, seen(session({ closed: "SetupDeadlineExceeded" })));
    expect(events).toEqual([`start ${ID} user`, `end ${ID} 0 s SetupDeadlineExceeded`]);
  });

  it.each([
    ["status.closed", seen(session({ connected: 7, closed: "StateLost" })), "StateLost"],
    ["a deletionTimestamp", seen(session({ connected: 7, deleted: 30 })), "-"],
    ["its deletion", deleted(session({ connected: 7 })), "-"],
  ])("ends by %s, once", (_how, step, reason) => {
    const { at, list, events } = world();
    list(0);
    at(1, seen(session()));
    at(8, active(7));
    at(30, step);
    at(31, seen(session({ connected: 7, closed: "StateLost", deleted: 30 })));
    at(90, deleted(session({ connected: 7, closed: "StateLost", deleted: 30 })));
    expect(events).toEqual([`start ${ID} user`, `end ${ID} 8 s ${reason}`]);
  });

  it("that reconnects under the same name is a second session", () => {
    const { at, list, events } = world();
    const second = { uid: "55556666-0000-4000-8000-000000000000" };
    list(0);
    at(1, seen(session()));
    at(4, active(3));
    at(34, seen(session({ connected: 3, closed: "Unused", deleted: 34 })));
    at(94, deleted(session({ connected: 3, closed: "Unused", deleted: 34 })));
    at(100, seen(session({ created: 100 }, second)));
    expect(events).toEqual([`start ${ID} user`, `end ${ID} 4 s Unused`, `start ${NAME}.55556666 user`]);
  });

  it("that a list left out was last active when its value says, not when a later change shows that value", () => {
    const { at, list, events } = createWorld();
    list(1, { [SESSION]: [session({ connected: 0 })] });
    list(3);
    at(32, seen(session({ connected: 2, closed: "Unused" })));
    expect(events.at(-1)).toBe(`end ${ID} 2 s Unused`);
  });

  it("whose operator's clock is ahead was active no later than the agent saw it", () => {
    const { at, list, restart, events } = createWorld();
    list(0);
    at(8, seen(session({ connected: 98 })));
    restart();
    list(HOUR, { [SESSION]: [] });
    expect(events).toEqual([`start ${ID} user`, `inferred ${ID} 8 s -`]);
  });

  it("that is missing from a lagging list ends as inferred, and lives again when a list has it", () => {
    const { at, list, events } = world();
    list(0, { [SESSION]: [session()] });
    at(10, active(9));
    list(20);
    list(25, { [SESSION]: [session({ connected: 9 })] });
    at(40, seen(session({ connected: 9, closed: "Unused" })));
    expect(events).toEqual([`start ${ID} user`, `inferred ${ID} 10 s -`, `start ${ID} user`, `end ${ID} 10 s Unused`]);
  });

  it("that is over stays over when a list from the past has it again", () => {
    const { at, list, events } = world();
    list(0, { [SESSION]: [session()] });
    at(10, deleted(session({ connected: 9 })));
    list(11, { [SESSION]: [session({ connected: 9 })] });
    list(12);
    expect(events).toEqual([`start ${ID} user`, `end ${ID} 9 s -`]);
  });

  it("is reported once, however often it is seen", () => {
    const { at, list, events } = world();
    for (const seconds of [1, 2, 3]) list(seconds, { [SESSION]: [session()] });
    at(4, seen(session()));
    expect(events).toEqual([`start ${ID} user`]);
  });

  it("never starts after its first sight, even if the clocks differ", () => {
    const { at, list, machine } = world();
    list(0);
    at(10, seen(session({ created: 25 })));
    expect(machine().start(ID)?.started_at).toBe(time(10));
  });
});

describe("a list", () => {
  it("is not told before this process has a complete one of every kind, and nothing ends before", () => {
    const { at, list, restart, live, events } = createWorld();
    list(0, { [SESSION]: [session()] });
    expect(live()).toEqual([ID]);
    restart();
    expect(live()).toBeUndefined();
    at(10, { type: "listed", kind: PARENT, objects: [] });
    at(10, { type: "lost", kind: SESSION });
    at(10, { type: "listed", kind: PREVIEW, objects: [] });
    at(2 * HOUR, tick);
    expect(live()).toBeUndefined();
    expect(events).toEqual([`start ${ID} user`]);
    at(2 * HOUR, { type: "listed", kind: SESSION, objects: [session({ connected: 2 * HOUR })] });
    expect(live()).toEqual([ID]);
  });

  it("keeps its ids while a kind is out of sight, and lets its time age", () => {
    const { at, list, live, machine, events } = createWorld();
    list(0, { [SESSION]: [session()] });
    for (const kind of [SESSION, PARENT, PREVIEW] as const) at(60, { type: "current", kind });
    expect(machine().view().observedAt).toBe(T0 + 60_000);
    at(70, { type: "lost", kind: SESSION });
    at(500, { type: "current", kind: PARENT });
    at(500, { type: "current", kind: PREVIEW });
    expect(live()).toEqual([ID]);
    expect(machine().view().observedAt).toBe(T0 + 60_000);
    expect(events).toEqual([`start ${ID} user`]);
  });

  it("counts a kind that was never listed as empty at its first 404", () => {
    const { at, live } = createWorld();
    at(0, { type: "listed", kind: SESSION, objects: [session()] });
    at(0, { type: "missing", kind: PARENT });
    expect(live()).toBeUndefined();
    at(0, { type: "missing", kind: PREVIEW });
    expect(live()).toEqual([ID]);
  });

  it.each([
    ["by this process", false],
    ["by a process before", true],
  ])("counts a kind that was listed %s as empty only when its 404 lasted 5 minutes", (_by, restarts) => {
    const { at, list, restart, live, events } = createWorld();
    list(0, { [SESSION]: [session()] });
    if (restarts) restart();
    for (const kind of [PARENT, PREVIEW] as const) at(1, { type: "listed", kind, objects: [] });
    at(10, { type: "missing", kind: SESSION });
    at(5 * MINUTE, { type: "missing", kind: SESSION });
    expect(live()).toEqual(restarts ? undefined : [ID]);
    expect(events).toHaveLength(1);
    at(5 * MINUTE + 10, { type: "missing", kind: SESSION });
    expect(live()).toEqual([]);
    expect(events.at(-1)).toBe(`inferred ${ID} 0 s -`);
  });

  it("begins the 5 minutes of a 404 anew when something else comes between", () => {
    const { at, list, live } = createWorld();
    list(0, { [SESSION]: [session()] });
    at(10, { type: "missing", kind: SESSION });
    at(200, { type: "lost", kind: SESSION });
    at(250, { type: "missing", kind: SESSION });
    at(400, { type: "missing", kind: SESSION });
    expect(live()).toEqual([ID]);
  });
});

describe("an agent that was away", () => {
  it("for six hours counts no minute too much", () => {
    const { at, list, restart, events } = createWorld();
    list(0, { [SESSION]: [session()] });
    at(30, active(29));
    restart();
    list(6 * HOUR);
    expect(events).toEqual([`start ${ID} user`, `inferred ${ID} 30 s -`]);
  });

  it("for less than a minute, without its state, reports the sessions that began and ended meanwhile", () => {
    const { list, restart, events } = createWorld();
    list(0);
    restart(false);
    list(50, { [SESSION]: [session({ created: 5, connected: 15, closed: "Unused", deleted: 45 })] });
    expect(events).toEqual([`end ${ID} 10 s Unused`]);
  });

  it("ends a live session at the time in its object, not at its own late sight", () => {
    const { at, list, events } = createWorld();
    list(0, { [SESSION]: [session()] });
    at(10, active(9));
    at(12, { type: "lost", kind: SESSION });
    at(200, { type: "seen", kind: SESSION, object: session({ connected: 40 }), late: true });
    at(200, { type: "seen", kind: SESSION, object: session({ connected: 40, closed: "Unused" }), late: true });
    expect(events.at(-1)).toBe(`end ${ID} 40 s Unused`);
  });
});

describe("clocks", () => {
  it("converts times by the offset to the API server", () => {
    const { at, list, machine } = createWorld();
    at(0, { type: "offset", offsetMs: -3_600_000 });
    list(0);
    at(10, seen(session({ created: 5 - HOUR })));
    expect(machine().start(ID)?.started_at).toBe(time(5));
  });

  it("converts the end of a session that nobody watched, too", () => {
    const { at, list } = createWorld();
    at(0, { type: "offset", offsetMs: 20_000 });
    list(0);
    const object = session({ created: 30, connected: 60, closed: "Unused", deleted: 90 });
    const { ended } = at(75, { type: "listed", kind: SESSION, objects: [object] });
    expect(ended).toMatchObject([{ ended_at: time(40), start: { started_at: time(10) } }]);
  });

  it("keeps the agent's own time of a change when a list from the past has an older value", () => {
    const { at, list, events } = createWorld();
    list(0);
    at(1, seen(session({ connected: 90 })));
    at(4, active(93));
    list(6, { [SESSION]: [session({ connected: 90 })] });
    at(6, { ...active(93), late: true });
    at(40, seen(session({ connected: 93, closed: "Unused", deleted: 39 })));
    expect(events.at(-1)).toBe(`end ${ID} 4 s Unused`);
  });

  it("uses the agent's own time of a change, whatever the operator's clock says", () => {
    const { at, list, events } = createWorld();
    list(0);
    at(1, seen(session()));
    at(20, active(20 + YEAR));
    at(50, seen(session({ connected: 20 + YEAR, closed: "Unused" })));
    expect(events.at(-1)).toBe(`end ${ID} 20 s Unused`);
  });

  it.each([
    ["in one process", false],
    ["with a restart after every observation", true],
  ])("take the outage of the API server off a change that was written only afterwards, %s", (_name, restarts) => {
    const { at, list, events } = createWorld({ restarts });
    // The operator's clock is an hour behind.
    const behind = -HOUR;
    const other = "99";
    list(0);
    at(1, seen(session()));
    at(1, seen(session({}, { uid: other, name: other })));
    for (let second = 3; second <= 30; second += 3) {
      at(second, active(second + behind));
      at(second, { ...active(second + behind), uid: other });
    }
    // No answer for 20 s. The client of the first session went away after 6 s, the other one's stays.
    at(53, active(36 + behind));
    at(53, { ...active(53 + behind), uid: other });
    at(80, seen(session({ connected: 36 + behind, closed: "Unused" })));
    at(80, seen(session({ connected: 53 + behind, closed: "Unused" }, { uid: other, name: other })));
    expect(events.slice(-2)).toEqual([`end ${ID} 36 s Unused`, expect.stringMatching(/^end 99\S* 53 s Unused$/)]);
  });

  it("never ends a session before its start or after now", () => {
    const { list, events } = createWorld();
    const one = session({ created: 10, connected: -500, closed: "A" });
    const other = session({ created: 10, connected: 900, closed: "B" }, { uid: "22", name: "22" });
    list(100, { [SESSION]: [one, other] });
    expect(events.map((event) => event.replace(/^end \S+ /, ""))).toEqual(["0 s A", "90 s B"]);
  });

  it("that are a year ahead for a moment end no preview and keep no parent waiting", () => {
    const { at, list, events } = createWorld();
    list(0, { [PREVIEW]: [preview({ started: 0, expires: HOUR })] });
    at(YEAR, tick);
    at(YEAR + 1, seenParent(parent({ created: 1 })));
    at(2, tick);
    expect(events).toEqual([`start ${PREVIEW_ID} preview`, `start ${PARENT_NAME} user`]);
  });
});

describe("a preview", () => {
  const begun = (expires = HOUR) => {
    const world = createWorld();
    world.list(0, { [PREVIEW]: [preview({ created: -60, started: -30, expires })] });
    return world;
  };

  it("is no session before it starts", () => {
    const { at, list, events, live } = createWorld();
    list(0);
    at(1, seenPreview(preview({ created: 1 })));
    expect(live()).toEqual([]);
    at(9, seenPreview(preview({ created: 1, started: 8 })));
    expect(live()).toEqual([PREVIEW_ID]);
    at(20, { type: "deleted", kind: PREVIEW, object: preview({ created: 1, started: 8, deleted: 19 }) });
    expect(events).toEqual([`start ${PREVIEW_ID} preview`, `end ${PREVIEW_ID} 11 s Deleted`]);
  });

  it("that ends before it starts is never reported", () => {
    const { at, list, events } = createWorld();
    list(0);
    at(1, seenPreview(preview({ created: 1 })));
    at(20, { type: "deleted", kind: PREVIEW, object: preview({ created: 1, deleted: 19 }) });
    expect(events).toEqual([]);
  });

  it("ends when it fails", () => {
    const { at, events } = begun();
    at(99, seenPreview(preview({ created: -60, started: -30, expires: HOUR, failed: 70 })));
    at(99, {
      type: "deleted",
      kind: PREVIEW,
      object: preview({ created: -60, started: -30, failed: 70, deleted: 98 }),
    });
    expect(events.at(-1)).toBe(`end ${PREVIEW_ID} 100 s Failed`);
    expect(events).toHaveLength(2);
  });

  it("ends when it expires, though its object stays", () => {
    const { at, events } = begun(600);
    at(599, tick);
    expect(events).toHaveLength(1);
    at(601, tick);
    expect(events.at(-1)).toBe(`end ${PREVIEW_ID} 630 s Expired`);
  });

  it("runs on while its expiry moves", () => {
    const { at, events } = begun(600);
    at(500, seenPreview(preview({ created: -60, started: -30, expires: 1_200 })));
    at(700, tick);
    expect(events).toHaveLength(1);
  });

  it("that is gone when the agent is back ran as long as it was in sight, not until its expiry", () => {
    const { at, restart, events, list } = begun(2 * HOUR);
    at(300, { type: "current", kind: PREVIEW });
    restart();
    at(6 * HOUR, tick);
    expect(events).toHaveLength(1);
    list(6 * HOUR + 2);
    expect(events.slice(1)).toEqual([`inferred ${PREVIEW_ID} 330 s -`]);
  });

  it.each(["lost", "missing"] as const)(
    "does not expire while its kind is %s, because nobody sees when it is deleted",
    (type) => {
      const { at, events } = begun(600);
      at(500, { type, kind: PREVIEW });
      at(601, tick);
      expect(events).toHaveLength(1);
      at(602, { type: "current", kind: PREVIEW });
      at(603, tick);
      expect(events.slice(1)).toEqual([`end ${PREVIEW_ID} 630 s Expired`]);
    },
  );

  it("that is gone from a list existed as long as it was in sight", () => {
    const { at, list, restart, events } = begun(10 * HOUR);
    at(300, { type: "current", kind: PREVIEW });
    restart();
    list(3 * HOUR);
    expect(events.at(-1)).toBe(`inferred ${PREVIEW_ID} 330 s -`);
  });
});

describe("a multi-cluster session", () => {
  it("waits up to 10 s for a child of its own cluster", () => {
    const { at, list, live, events } = createWorld();
    list(0);
    at(1, seenParent(parent({ created: 1 })));
    at(10, tick);
    expect(events).toEqual([]);
    expect(live()).toEqual([]);
    at(11, tick);
    expect(events).toEqual([`start ${PARENT_NAME} user`]);
    expect(live()).toEqual([PARENT_NAME]);
  });

  it("is CI if any child of a list is, wherever in the list", () => {
    const { at, list, events } = createWorld();
    const spec = { multiClusterParentName: PARENT_NAME, ciInfo: {} };
    const other = session({}, { uid: "eeee0000-3333-4444-5555-666677778888", name: `${PARENT_NAME}-west`, spec });
    list(0, { [PARENT]: [parent()] });
    at(5, { type: "listed", kind: SESSION, objects: [child(), other] });
    expect(events).toEqual([`start ${PARENT_NAME} ci`]);
  });

  it.each([
    ["parent first", true],
    ["child first", false],
  ])("is CI if its child is, %s", (_order, parentFirst) => {
    const { at, list, live, events, machine } = createWorld();
    const steps = [seenParent(parent({ created: 1 })), seen(child({ created: 1 }, { ciInfo: {}, key: "k" }))];
    list(0);
    for (const step of parentFirst ? steps : steps.reverse()) at(2, step);
    expect(events).toEqual([`start ${PARENT_NAME} ci`]);
    expect(live()).toEqual([PARENT_NAME]);
    expect(machine().start(PARENT_NAME)).toMatchObject({ ci: true, ci_info: {}, key: "k" });
    expect(machine().view().children).toEqual([
      { session_id: CHILD_ID, parent_id: PARENT_NAME, session_kind: "ci", key: "k" },
    ]);
  });

  it("that is over at its first sight is CI if its child is", () => {
    const { list, events } = createWorld();
    list(50, {
      [SESSION]: [child({ connected: 20, closed: "Unused" }, { ciInfo: {} })],
      [PARENT]: [parent({ connected: 20, closed: "Unused" })],
    });
    expect(events).toEqual([`end ${CHILD_ID} 20 s Unused`, `end ${PARENT_NAME} 20 s Unused`]);
  });

  it("reports the end of a child with its parent, and no start of it", () => {
    const { at, list, events } = createWorld();
    list(0, { [SESSION]: [child()] });
    at(5, { type: "active", kind: SESSION, uid: "cccc0000-3333-4444-5555-666677778888", connected: time(4) });
    const { ended, childrenChanged } = at(40, seen(child({ connected: 4, closed: "Unused" })));
    expect(ended[0]?.start).toMatchObject({ session_id: CHILD_ID, parent_id: PARENT_NAME });
    expect(childrenChanged).toBe(true);
    expect(events).toEqual([`end ${CHILD_ID} 5 s Unused`]);
  });

  it("of a name that was there before gets an id with a suffix", () => {
    const { at, list, restart, events } = createWorld();
    list(0);
    at(1, seenParent(parent()));
    at(12, tick);
    at(20, { type: "deleted", kind: PARENT, object: parent({ closed: "Unused" }) });
    restart();
    list(HOUR, { [PARENT]: [parent({ created: HOUR }, { uid: "ddddeeee-0000-4000-8000-000000000000" })] });
    at(HOUR + 10, tick);
    expect(events).toEqual([
      `start ${PARENT_NAME} user`,
      `end ${PARENT_NAME} 0 s Unused`,
      `start ${PARENT_NAME}:ddddeeee user`,
    ]);
  });

  it("has the children of its own cluster in its newest object", () => {
    const { at, list, machine } = createWorld();
    list(0, { [SESSION]: [child()], [PARENT]: [parent()] });
    const parents = () =>
      machine()
        .view()
        .children?.map(({ parent_id }) => parent_id);
    expect(parents()).toEqual([PARENT_NAME]);
    at(1, { type: "deleted", kind: PARENT, object: parent() });
    at(2, seenParent(parent({ created: 2 }, { uid: "ddddeeee-0000-4000-8000-000000000000" })));
    expect(parents()).toEqual([`${PARENT_NAME}:ddddeeee`]);
    at(3, { type: "over", sessionId: `${PARENT_NAME}:ddddeeee` });
    expect(parents()).toEqual([`${PARENT_NAME}:ddddeeee`]);
  });

  it("of a name that was there before takes the live children over, and says that they are different", () => {
    const { at, list, machine } = createWorld();
    list(0, { [PARENT]: [parent()], [SESSION]: [child()] });
    at(40, { type: "deleted", kind: PARENT, object: parent({ closed: "Unused", deleted: 40 }) });
    const later = parent({ created: 50 }, { uid: "bbbb0000-3333-4444-5555-666677778888" });
    expect(at(50, seenParent(later)).childrenChanged).toBe(true);
    expect(machine().view().children).toMatchObject([{ parent_id: `${PARENT_NAME}:bbbb0000` }]);
    // Nobody else's children are different for it.
    expect(at(51, seenParent(parent({}, { uid: "dddd", name: "mc-1" }))).childrenChanged).toBe(false);
  });

  it("that gets another id because the server says that its first is over says that its children are different", () => {
    const { at, list } = createWorld();
    list(0, { [PARENT]: [parent()], [SESSION]: [child()] });
    expect(at(1, { type: "over", sessionId: PARENT_NAME }).childrenChanged).toBe(true);
  });

  it("that the server knows as over gets an id with a suffix, too", () => {
    const { at, list, live, events } = createWorld();
    list(0, { [PARENT]: [parent()] });
    at(10, tick);
    at(11, { type: "over", sessionId: PARENT_NAME });
    at(12, { type: "over", sessionId: `${PARENT_NAME}:aaaabbbb` });
    expect(events).toEqual([`start ${PARENT_NAME} user`, `start ${PARENT_NAME}:aaaabbbb user`]);
    expect(live()).toEqual([`${PARENT_NAME}:aaaabbbb`]);
  });

  it("that an earlier process saved keeps its id, whatever the server says, until a list shows that it is still there", () => {
    const { at, list, live, restart, events } = createWorld();
    list(0, { [PARENT]: [parent()] });
    at(10, tick);
    restart();
    at(11, { type: "over", sessionId: PARENT_NAME });
    list(12, { [PARENT]: [] });
    expect(live()).toEqual([]);
    expect(events).toEqual([`start ${PARENT_NAME} user`, `inferred ${PARENT_NAME} 0 s -`]);
  });

  it("ends with the reason that is a text there", () => {
    const { at, list, events } = createWorld();
    list(0, { [PARENT]: [parent()] });
    at(5, { type: "active", kind: PARENT, uid: PARENT_UID, connected: time(4) });
    at(9, seenParent(parent({ connected: 4, closed: "Unused" })));
    expect(events).toEqual([`end ${PARENT_NAME} 5 s Unused`]);
  });
});

describe("ports", () => {
  const status = (id: string, ...ports: unknown[]) =>
    ({ type: "operator", sessions: [{ id, locked_ports: ports }] }) as const;

  it("are found by the number of a session, in upper case and without leading zeros", () => {
    const { at, list, events, machine } = createWorld();
    list(0, { [SESSION]: [session({}, { name: "00000000000abc12" })] });
    const id = "00000000000abc12.11112222";
    at(1, status("ABC12", { port: 8080, kind: "steal", filter: null }, [80, "mirror", "x: y"]));
    at(2, status("ABC12", [80, "mirror", "x: y"], { port: 8080, kind: "steal" }));
    expect(events).toEqual([`start ${id} user`, `ports ${id} 80,8080`]);
    expect(machine().start(id)?.locked_ports).toEqual([
      { port: 80, kind: "mirror", filter: "x: y" },
      { port: 8080, kind: "steal" },
    ]);
    at(3, status("ABC12"));
    expect(events.at(-1)).toBe(`ports ${id} `);
  });

  it("of a multi-cluster session are found by its name and by its bare id", () => {
    const { at, list, events } = createWorld();
    list(0, { [PARENT]: [parent()] });
    at(11, tick);
    at(12, status("DEADBEEF", { port: 80, kind: "steal" }));
    at(13, status(PARENT_NAME, { port: 81, kind: "steal" }));
    expect(events.slice(1)).toEqual([`ports ${PARENT_NAME} 80`, `ports ${PARENT_NAME} 81`]);
  });

  it("that make no sense are left out", () => {
    const { at, list, events } = createWorld();
    list(0, { [SESSION]: [session()] });
    for (const sessions of [
      undefined,
      null,
      "x",
      [null, 7, { id: 7 }, { id: NAME, locked_ports: [0, "x", null, [99_999]] }],
    ]) {
      at(1, { type: "operator", sessions });
    }
    expect(events).toEqual([`start ${ID} user`]);
  });
});

describe("an object that cannot be read", () => {
  it("gives one line, and hides no other", () => {
    const { at, list, live, faults } = createWorld();
    list(0, { [SESSION]: [null, 7, {}, { metadata: { name: "x" } }, { metadata: { uid: "y" } }, session()] });
    at(1, seen("nonsense"));
    expect(live()).toEqual([ID]);
    expect(faults).toEqual([
      "A MirrordClusterSession object has no metadata.uid or no metadata.name. It is not reported.",
    ]);
  });

  it("is reported with what it has, and each missing field is named once", () => {
    const { list, faults, machine } = createWorld();
    const bare = (uid: string) => ({ metadata: { name: "abc", uid } });
    list(0, { [SESSION]: [bare("aaaaaaaa-1"), bare("bbbbbbbb-1")] });
    expect(machine().start("abc.bbbbbbbb")).toMatchObject({
      started_at: time(0),
      client: { id: "unknown", hostname: "unknown", username: "unknown", kubernetes_username: "unknown" },
      target: { namespace: "unknown", kind: "targetless", name: "targetless" },
    });
    expect(faults).toEqual(
      ["namespace", "owner.userId", "owner.username", "owner.hostname", "owner.k8sUsername"].map(
        (field) => `${SESSION} abc: spec.${field} is missing, reported as "unknown"`,
      ),
    );
  });
});

describe("the state", () => {
  it("of another version, or damaged, counts as nothing", () => {
    const { list, machine } = createWorld();
    list(0, { [SESSION]: [session()] });
    const state = machine().state() as Record<string, unknown>;
    for (const damaged of [
      undefined,
      null,
      7,
      "x",
      {},
      { ...state, version: 2 },
      { ...state, entries: [{ uid: 7 }] },
    ]) {
      expect(createSessions({ instanceId: "cluster-1", restored: damaged }).state()).toMatchObject({ entries: [] });
    }
  });

  it("forgets what is long over", () => {
    const { at, list, machine } = createWorld();
    list(0, { [SESSION]: [session()] });
    at(10, deleted(session({ closed: "Unused" })));
    at(HOUR, tick);
    expect(machine().state()).toMatchObject({ entries: [], over: [] });
  });
});
