import type { Words } from "./form.ts";

export const ja: Words = {
  succeeded: {
    subject: "{merchant} からの領収書",
    title: "お支払いありがとうございます",
    body: "{merchant} は {amount} のお支払いを受け取りました。このメールを領収書として保管してください。",
  },
  failed: {
    subject: "{merchant} へのお支払いは完了しませんでした",
    title: "お支払いは完了しませんでした",
    body: "{merchant} への {amount} のお支払いは完了せず、代金は引き落とされていません。",
  },
  refunded: {
    subject: "{merchant} からの返金",
    title: "返金の手続きが完了しました",
    body: "{merchant} は {amount} を返金しました。口座に反映されるまで数日かかることがあります。",
  },
  action_needed: {
    subject: "{merchant} へのお支払いを完了してください",
    title: "あと一歩です",
    body: "{merchant} への {amount} のお支払いは、お客様の承認を待っています。お支払いを始めたページまたはアプリに戻ってください。",
  },
  labels: {
    amount: "金額",
    refunded: "返金額",
    date: "日時",
    method: "お支払い方法",
    description: "内容",
    order: "注文",
    payment: "お支払い番号",
    bankTransfer: "ネットバンキング",
  },
  reasons: {
    declined: "銀行がお支払いを承認しませんでした。別の方法でお支払いいただくか、銀行にお問い合わせください。",
    funds: "口座の残高が不足していました。別の方法でお支払いください。",
    expired: "カードの有効期限が切れています。別のカードをお使いください。",
    cvc: "カードのセキュリティコードが正しくありませんでした。確認してもう一度お試しください。",
    limit: "金額がカードまたは口座の限度額を超えています。別の方法でお支払いいただくか、銀行にお問い合わせください。",
    authentication: "銀行での本人確認が完了しませんでした。もう一度お試しください。",
    tooLate: "時間内に承認されませんでした。もう一度お試しください。",
    technical: "技術的な問題が発生しました。後でもう一度お試しください。",
  },
  test: "これはテストです。お金は動いていません。",
  why: "このメールは、{merchant} へのお支払いの際にこのアドレスが入力されたためお送りしています。",
};
