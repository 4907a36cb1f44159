import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { ApiError } from "./kit/api.ts";
import { keepFocus } from "./kit/focus.ts";
import { readSessionAgain, takeSession } from "./kit/session.tsx";
import { applyTheme } from "./kit/theme.ts";
import { router } from "./router.tsx";

applyTheme();
keepFocus();

/** The session ended, here or from elsewhere: whoever is on a page of a merchant signs in again, and comes back to it. */
const onError = (error: Error) => {
  if (!(error instanceof ApiError)) return;
  if (error.status === 401) takeSession(client, null);
  if (error.code === "restore_mode") readSessionAgain(client);
};

const client = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What was refused is refused again; what got no answer may get one.
      retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
    },
    mutations: { retry: false },
  },
});

const app = document.getElementById("app");
if (app !== null)
  createRoot(app).render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
