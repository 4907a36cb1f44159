import type { Words } from "./form.ts";

export const zh: Words = {
  succeeded: {
    subject: "{merchant} 的收据",
    title: "感谢您的付款",
    body: "{merchant} 已收到您的付款 {amount}。请保留此邮件作为收据。",
  },
  failed: {
    subject: "您向 {merchant} 的付款未成功",
    title: "付款未成功",
    body: "您向 {merchant} 支付的 {amount} 未能完成，没有扣款。",
  },
  refunded: {
    subject: "{merchant} 的退款",
    title: "退款已发出",
    body: "{merchant} 已退还 {amount}。银行可能需要几天才会在您的账户中显示。",
  },
  action_needed: {
    subject: "请完成您向 {merchant} 的付款",
    title: "还差一步",
    body: "您向 {merchant} 支付的 {amount} 正在等待您的确认。请回到您开始付款的页面或应用。",
  },
  labels: {
    amount: "金额",
    refunded: "退款金额",
    date: "日期",
    method: "付款方式",
    description: "说明",
    order: "订单",
    payment: "付款编号",
    bankTransfer: "网上银行",
  },
  reasons: {
    declined: "您的银行没有批准这笔付款。请换一种付款方式，或咨询您的银行。",
    funds: "账户余额不足。请换一种付款方式。",
    expired: "银行卡已过期。请使用另一张卡。",
    cvc: "银行卡安全码不正确。请核对后重试。",
    limit: "金额超过了您的银行卡或账户限额。请换一种付款方式，或咨询您的银行。",
    authentication: "付款未通过银行验证。请重试。",
    tooLate: "付款未在规定时间内确认。请重试。",
    technical: "发生技术问题。请稍后重试。",
  },
  test: "这是测试，没有资金变动。",
  why: "您收到此邮件，是因为在向 {merchant} 付款时填写了此地址。",
};
