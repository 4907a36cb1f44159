import type { Words } from "./form.ts";

export const es: Words = {
  succeeded: {
    subject: "Su recibo de {merchant}",
    title: "Gracias por su pago",
    body: "{merchant} ha recibido su pago de {amount}. Guarde este mensaje como recibo.",
  },
  failed: {
    subject: "Su pago a {merchant} no se ha realizado",
    title: "Su pago no se ha realizado",
    body: "Su pago de {amount} a {merchant} no se ha completado y no se ha cobrado nada.",
  },
  refunded: {
    subject: "Su reembolso de {merchant}",
    title: "Su dinero está en camino",
    body: "{merchant} le ha reembolsado {amount}. Su banco puede tardar unos días en mostrarlo en su cuenta.",
  },
  action_needed: {
    subject: "Termine su pago a {merchant}",
    title: "Falta un paso",
    body: "Su pago de {amount} a {merchant} espera su aprobación. Vuelva a la página o a la aplicación en la que lo empezó.",
  },
  labels: {
    amount: "Importe",
    refunded: "Reembolsado",
    date: "Fecha",
    method: "Pagado con",
    description: "Concepto",
    order: "Pedido",
    payment: "Número de pago",
    bankTransfer: "Banca en línea",
  },
  reasons: {
    declined: "Su banco no ha aprobado el pago. Pruebe otra forma de pago o consulte a su banco.",
    funds: "No había saldo suficiente en la cuenta. Pruebe otra forma de pago.",
    expired: "La tarjeta ha caducado. Utilice otra tarjeta.",
    cvc: "El código de seguridad de la tarjeta no era correcto. Compruébelo e inténtelo de nuevo.",
    limit: "El importe supera el límite de su tarjeta o cuenta. Pruebe otra forma de pago o consulte a su banco.",
    authentication: "El pago no se ha confirmado con su banco. Inténtelo de nuevo.",
    tooLate: "El pago no se ha aprobado a tiempo. Inténtelo de nuevo.",
    technical: "Ha habido un problema técnico. Inténtelo de nuevo más tarde.",
  },
  test: "Esto es una prueba. No se ha movido dinero.",
  why: "Recibe este mensaje porque esta dirección se indicó en un pago a {merchant}.",
};
