/** Where this person is signed in, each with a way to end it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, path } from "../../kit/api.ts";
import { Badge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { Section } from "../../kit/layout.tsx";
import { ErrorNote, Loaded } from "../../kit/states.tsx";
import { Ago } from "../../kit/time.tsx";
import { toast } from "../../kit/toast.tsx";

interface PersonSession {
  readonly id: string;
  readonly is_current: boolean;
  readonly address: string;
  readonly user_agent: string;
  readonly started_at: string;
  readonly last_seen_at: string;
}

export function Sessions() {
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: ["person-sessions"],
    queryFn: ({ signal }) => call<{ data: readonly PersonSession[] }>({ path: "/v1/person/sessions", scope: null, signal }),
  });
  const end = useMutation({
    mutationFn: (id: string) => call({ method: "DELETE", path: path`/v1/person/sessions/${id}`, scope: null }),
    onSuccess: () => {
      toast("The session has ended.");
      void client.invalidateQueries({ queryKey: ["person-sessions"] });
    },
  });
  return (
    <Section title="Where you are signed in" flush>
      {end.error !== null && <ErrorNote error={end.error} />}
      <Loaded of={sessions} rows={3}>
        {({ data }) => (
          <ul>
            {data.map(({ id, is_current: isCurrent, address, user_agent: browser, last_seen_at: seen }) => (
              <li
                key={id}
                className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-3 text-sm last:border-b-0"
              >
                <div className="min-w-0">
                  <p className="font-medium">
                    {browserOf(browser)} {isCurrent && <Badge tone="good">This browser</Badge>}
                  </p>
                  <p className="text-xs text-muted">
                    {address} · seen <Ago at={seen} />
                  </p>
                </div>
                {!isCurrent && (
                  <Button small busy={end.isPending && end.variables === id} onClick={() => end.mutate(id)}>
                    Sign out there
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

const browsers = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
] as const;
const systems = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/Windows/, "Windows"],
  [/Linux/, "Linux"],
] as const;

/** "Firefox on Linux", as far as it says so. */
function browserOf(agent: string): string {
  const browser = browsers.find(([pattern]) => pattern.test(agent))?.[1];
  const system = systems.find(([pattern]) => pattern.test(agent))?.[1];
  if (browser === undefined) return agent === "" ? "A program" : agent.slice(0, 60);
  return system === undefined ? browser : `${browser} on ${system}`;
}
