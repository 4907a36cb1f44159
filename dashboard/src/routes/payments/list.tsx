import type { Payment } from "@tillway/sdk";
import { ApiCommand } from "../../kit/api-command.tsx";
import { useList } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { NewRows, useLiveRows } from "../../kit/live.tsx";
import { useQueryText } from "../../kit/scope.ts";
import { Empty } from "../../kit/states.tsx";
import { DataTable } from "../../kit/table.tsx";
import { paymentColumns } from "./columns.tsx";
import { CsvButton } from "./csv.tsx";
import { fieldNames, filters, paymentIn, picked } from "./fields.ts";

const PATH = "/v1/payments";

export function Page() {
  const list = useList<Payment>(PATH, {}, fieldNames);
  const text = useQueryText();
  const query = picked(text);
  useLiveRows<Payment>(PATH, paymentIn);
  return (
    <>
      <PageHeader title="Payments" actions={<CsvButton path="/v1/payments.csv" query={query} noun="payments" />} />
      <Section flush>
        <DataTable
          name="Payments"
          columns={paymentColumns}
          list={list}
          filters={filters}
          linkOf={({ id }) => `payments/${id}`}
          above={<NewRows path={PATH} noun={["payment", "payments"]} type="payment.created" />}
          empty={<NoneYet />}
        />
      </Section>
    </>
  );
}

const command = `curl "$TILLWAY_URL/v1/payments" \\
  -H "X-Api-Key: $TILLWAY_KEY" -H "X-Api-Secret: $TILLWAY_SECRET" -H "Idempotency-Key: $(uuidgen)" \\
  -H "Content-Type: application/json" \\
  -d '{"amount":49900,"currency":"INR","method":"card","card":{"number":"4242424242424242","expiry_month":12,"expiry_year":2034,"cvv":"123"}}'`;

function NoneYet() {
  return (
    <Empty title="No payments yet">
      <p className="mb-3">They appear here as they are made. This makes one in test mode:</p>
      <div className="text-left">
        <ApiCommand label="A command that makes a payment" text={command} />
      </div>
    </Empty>
  );
}
