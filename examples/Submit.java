// Report a figure: java examples/Submit.java URL KEY_FILE
import java.net.URI;
import java.net.http.*;
import java.nio.file.*;

class Submit {
    public static void main(String[] args) throws Exception {
        var figure = "{\"indicator\": \"export-rebate-days\", \"period\": \"2021Q4\", \"value\": 5.5, \"sample_size\": 120}";
        var request = HttpRequest.newBuilder(URI.create(args[0] + "/v1/observations"))
            .header("Authorization", "Bearer " + Files.readString(Path.of(args[1])).strip())
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", java.util.UUID.randomUUID().toString()) // the same one when you try again
            .POST(HttpRequest.BodyPublishers.ofString(figure)).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }
}
