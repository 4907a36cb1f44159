/** Payment links as the server answers them: for tests and for pictures. */
import type { LinkView } from "./contract.ts";

export const exampleLink: LinkView = {
  status: "active",
  mode: "live",
  merchant: { name: "Chai & Chapters", color: "#0f766e", logo: null },
  description: "Pottery class, 12 December\nTwo hours, clay and glaze included",
  amount: 1_299_00,
  currency: "INR",
  minimum: null,
  maximum: null,
  suggested: null,
  locale: null,
  expires_at: null,
};

export const openLink: LinkView = {
  ...exampleLink,
  description: "Donation for the reading room",
  amount: null,
  minimum: 100_00,
  maximum: 50_000_00,
  suggested: 500_00,
};
