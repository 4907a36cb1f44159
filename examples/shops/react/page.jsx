import { StrictMode, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { Tillway } from "@tillway/sdk/checkout";

function Checkout({ order, onEnd }) {
  const place = useRef(null);
  useEffect(() => {
    const checkout = Tillway.open({ ...order, mode: "inline", container: place.current, onSuccess: onEnd, onFailure: onEnd });
    return checkout.destroy;
  }, [order, onEnd]);
  return <div ref={place} />;
}

function Shop() {
  const [order, setOrder] = useState(null);
  const [result, setResult] = useState(null);
  const [paid, setPaid] = useState("");
  const buy = async () => {
    setResult(null);
    setPaid("");
    setOrder(await (await fetch("/orders", { method: "POST" })).json());
  };
  // What the browser says is a hint: the shop's server knows.
  useEffect(() => {
    if (result?.status !== "succeeded") return;
    void fetch(`/orders/${order.orderId}`).then(async (answer) => setPaid((await answer.json()).status));
  }, [order, result]);
  return (
    <>
      <button onClick={() => void buy()}>Buy tea for ₹499</button>
      <p role="status">
        {paid && `Thank you: the order is ${paid}.`}
        {result && result.status !== "succeeded" && `Not paid: ${result.error?.code ?? result.status}.`}
      </p>
      {order && <button onClick={() => setOrder(null)}>Not now</button>}
      {order && <Checkout order={order} onEnd={setResult} />}
    </>
  );
}

createRoot(document.getElementById("app")).render(
  <StrictMode>
    <Shop />
  </StrictMode>,
);
