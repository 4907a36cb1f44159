/* global Tillway: of the checkout's script, which the page loads before this one */
const button = document.createElement("button");
button.textContent = "Buy tea for ₹499";
const status = document.createElement("p");
status.role = "status";
document.getElementById("app").append(button, status);

async function buy() {
  const order = await (await fetch("/orders", { method: "POST" })).json();
  Tillway.open({
    ...order,
    // What the browser says is a hint: the shop's server knows.
    onSuccess: async () => {
      const { status: paid } = await (await fetch(`/orders/${order.orderId}`)).json();
      status.textContent = `Thank you: the order is ${paid}.`;
    },
    onFailure: ({ error, status: how }) => (status.textContent = `Not paid: ${error?.code ?? how}.`),
  });
}

button.addEventListener("click", () => void buy());
