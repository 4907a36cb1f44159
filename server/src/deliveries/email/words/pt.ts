import type { Words } from "./form.ts";

export const pt: Words = {
  succeeded: {
    subject: "Seu recibo de {merchant}",
    title: "Obrigado pelo seu pagamento",
    body: "{merchant} recebeu seu pagamento de {amount}. Guarde esta mensagem como recibo.",
  },
  failed: {
    subject: "Seu pagamento a {merchant} não foi concluído",
    title: "Seu pagamento não foi concluído",
    body: "Seu pagamento de {amount} a {merchant} não foi concluído e nada foi cobrado.",
  },
  refunded: {
    subject: "Seu reembolso de {merchant}",
    title: "Seu dinheiro está a caminho",
    body: "{merchant} reembolsou {amount}. Seu banco pode levar alguns dias para mostrar o valor na sua conta.",
  },
  action_needed: {
    subject: "Conclua seu pagamento a {merchant}",
    title: "Falta um passo",
    body: "Seu pagamento de {amount} a {merchant} aguarda sua aprovação. Volte à página ou ao aplicativo em que você o iniciou.",
  },
  labels: {
    amount: "Valor",
    refunded: "Reembolsado",
    date: "Data",
    method: "Pago com",
    description: "Referente a",
    order: "Pedido",
    payment: "Número do pagamento",
    bankTransfer: "Banco pela internet",
  },
  reasons: {
    declined: "Seu banco não aprovou o pagamento. Tente outra forma de pagamento ou fale com seu banco.",
    funds: "Não havia saldo suficiente na conta. Tente outra forma de pagamento.",
    expired: "O cartão está vencido. Use outro cartão.",
    cvc: "O código de segurança do cartão não estava correto. Confira e tente de novo.",
    limit: "O valor está acima do limite do seu cartão ou da sua conta. Tente outra forma de pagamento ou fale com seu banco.",
    authentication: "O pagamento não foi confirmado com seu banco. Tente de novo.",
    tooLate: "O pagamento não foi aprovado a tempo. Tente de novo.",
    technical: "Houve um problema técnico. Tente de novo mais tarde.",
  },
  test: "Isto é um teste. Nenhum dinheiro foi movimentado.",
  why: "Você recebe esta mensagem porque este endereço foi informado em um pagamento a {merchant}.",
};
