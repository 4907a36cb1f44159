/** What shoppers were told, where e-mails are kept and not sent. */
import { useState } from "react";
import { ApiError } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { ApiCommand } from "../../kit/api-command.tsx";
import { useApi } from "../../kit/data.ts";
import { Dialog } from "../../kit/dialog.tsx";
import { DescriptionList, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";

interface Kept {
  readonly delivery_id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html_url: string;
  readonly captured_at: string;
}

type Row = Kept & { readonly id: string };

const TURN_ON = `curl -X PUT $TILLWAY_URL/v1/email-settings \\
  -H "X-Api-Key: $TILLWAY_KEY" -H "X-Api-Secret: $TILLWAY_SECRET" -H "Content-Type: application/json" -d '{"enabled":true}'`;

export function Page() {
  const [shown, setShown] = useState<Row | null>(null);
  const read = useApi<{ data: readonly Kept[] }>("/v1/test/emails", { limit: 100 }, { everyMs: 5_000 });
  const isAway = read.error instanceof ApiError && read.error.status === 404;
  const columns: readonly Column<Row>[] = [
    {
      id: "subject",
      header: "Subject",
      cell: (row) => (
        <button type="button" className={linkLook} onClick={() => setShown(row)}>
          {row.subject}
        </button>
      ),
    },
    { id: "to", header: "To", wide: true, cell: ({ to }) => to },
    { id: "at", header: "Kept", cell: ({ captured_at: at }) => <Time at={at} /> },
  ];
  return (
    <>
      <PageHeader title="Kept e-mails" about="What shoppers would have been told: nothing here was sent." />
      <Section flush>
        {isAway ? (
          <Empty title="E-mails are not kept here">This installation sends them, or has no mail server.</Empty>
        ) : (
          <DataTable
            name="Kept e-mails"
            columns={columns}
            list={{ ...read, rows: read.data?.data.map((email) => ({ ...email, id: email.delivery_id })) }}
            linkOf={null}
            whole
            empty={
              <Empty title="No e-mails yet">
                <p className="mb-3">Shoppers are told by e-mail once that is turned on, if their payment has an address:</p>
                <div className="text-left">
                  <ApiCommand label="Command that turns e-mail on" text={TURN_ON} />
                </div>
              </Empty>
            }
          />
        )}
      </Section>
      <Message email={shown} onClose={() => setShown(null)} />
    </>
  );
}

function Message({ email, onClose }: { email: Row | null; onClose: () => void }) {
  return (
    <Dialog open={email !== null} onClose={onClose} title={email?.subject ?? ""} drawer actions={<Button onClick={onClose}>Close</Button>}>
      {email !== null && (
        <div className="space-y-4">
          <DescriptionList
            items={[
              ["From", email.from],
              ["To", email.to],
              [
                "Delivery",
                <PageLink key="delivery" to={`deliveries/${email.delivery_id}`} className={`font-mono text-xs ${linkLook}`}>
                  {email.delivery_id}
                </PageLink>,
              ],
            ]}
          />
          <h3 className="text-sm font-medium">As a mail program shows it</h3>
          <iframe
            title="The message as HTML"
            sandbox=""
            referrerPolicy="no-referrer"
            src={email.html_url}
            className="h-96 w-full rounded-md border border-line bg-white"
          />
          <h3 className="text-sm font-medium">As text</h3>
          <pre
            tabIndex={0}
            aria-label="Text of the message"
            className="overflow-x-auto rounded-md border border-line p-3 text-sm whitespace-pre-wrap"
          >
            {email.text}
          </pre>
        </div>
      )}
    </Dialog>
  );
}
