import java.util.function.Consumer;
import java.net.http.HttpRequest;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.PaymentsApi;
import org.openapitools.client.model.CreatePaymentRequest;
import org.openapitools.client.model.CreatePaymentRequestCard;
import org.openapitools.client.model.Payment;

/** A payment by card through the generated Java client. Arguments: address, key, secret. */
public class Pay {
  public static void main(String[] arguments) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(arguments[0]);
    Consumer<HttpRequest.Builder> keys = request -> request.header("X-Api-Key", arguments[1]).header("X-Api-Secret", arguments[2]);
    client.setRequestInterceptor(keys);
    PaymentsApi payments = new PaymentsApi(client);
    CreatePaymentRequestCard card =
        new CreatePaymentRequestCard().number("4242424242424242").expiryMonth(12).expiryYear(2035).cvv("123");
    CreatePaymentRequest body =
        new CreatePaymentRequest()
            .amount(3_000_000_000L)
            .currency("INR")
            .method(CreatePaymentRequest.MethodEnum.CARD)
            .card(card)
            .confirm(true);
    Payment payment = payments.getPayment(payments.createPayment(body, "generated-java", null).getId(), null);
    if (payment.getStatus() != Payment.StatusEnum.SUCCEEDED || payment.getAmount() != 3_000_000_000L) throw new AssertionError(payment);
    System.out.println(payment.getId());
  }
}
