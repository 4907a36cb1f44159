import { createApp, h, onUnmounted, ref } from "vue";
import { Tillway } from "@tillway/sdk/checkout";

const Shop = {
  setup() {
    const status = ref("");
    let checkout = null;
    const buy = async () => {
      const order = await (await fetch("/orders", { method: "POST" })).json();
      checkout = Tillway.open(order);
      const { status: how, error } = await checkout.result;
      if (how === "closed") return;
      // What the browser says is a hint: the shop's server knows.
      const paid = how === "succeeded" && (await (await fetch(`/orders/${order.orderId}`)).json()).status;
      status.value = paid ? `Thank you: the order is ${paid}.` : `Not paid: ${error?.code ?? how}.`;
    };
    onUnmounted(() => checkout?.destroy());
    // By a function, not by a template: those are compiled in the browser, which a strict policy forbids.
    return () => [h("button", { onClick: buy }, "Buy tea for ₹499"), h("p", { role: "status" }, status.value)];
  },
};

createApp(Shop).mount("#app");
