using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SniProxy.Cli;

/// <summary>Calls the API of a running appliance.</summary>
internal sealed class ApiClient : IDisposable
{
    private const string Root = "/api/v1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Uri server;
    private readonly HttpClient http;

    public ApiClient(Uri server, string token)
    {
        this.server = server;

        // No proxy of the environment stands between the command and its own appliance, and no redirect takes the token elsewhere.
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Patience };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    /// <exception cref="ApiFailureException">The appliance cannot be reached or says no.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, null, cancellation);

    /// <inheritdoc cref="GetAsync"/>
    public Task<JsonElement> DeleteAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Delete, path, null, cancellation);

    /// <inheritdoc cref="GetAsync"/>
    public Task<JsonElement> PutAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, path, JsonContent.Create(body, type), cancellation);

    /// <inheritdoc cref="GetAsync"/>
    public Task<JsonElement> PostAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(body, type), cancellation);

    /// <summary>All items of a list, page by page, as one array.</summary>
    public async Task<JsonElement> ListAsync(string path, CancellationToken cancellation)
    {
        var items = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await GetAsync(cursor is null ? path : $"{path}?cursor={Uri.EscapeDataString(cursor)}", cancellation);
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);

        using var document = JsonDocument.Parse($"[{string.Join(',', items.Select(item => item.GetRawText()))}]");
        return document.RootElement.Clone();
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(server, Root + path)) { Content = body };
            using var response = await http.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            return Read(response, text);
        }
        catch (HttpRequestException problem)
        {
            throw new ApiFailureException(ExitStatus.NotReachable, $"No appliance answers at {server} ({problem.Message}). Is it running, and is --server right?");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiFailureException(ExitStatus.NotReachable, $"The appliance at {server} did not answer within {Patience.TotalSeconds:0} s.");
        }
    }

    private JsonElement Read(HttpResponseMessage response, string text)
    {
        JsonElement answer;
        try
        {
            using var document = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
            answer = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new ApiFailureException(ExitStatus.NotReachable, $"What answers at {server} is no SniProxy appliance (status {(int)response.StatusCode}).");
        }

        if (response.IsSuccessStatusCode)
        {
            return answer;
        }

        var detail = answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("detail", out var words) ? words.GetString() : null;
        var message = detail ?? $"The appliance at {server} answered with status {(int)response.StatusCode}.";
        throw new ApiFailureException(
            ExitStatus.Failed, response.StatusCode == HttpStatusCode.Unauthorized ? $"{server}: {message} Give a token with --token or ${ApiConnection.TokenVariable}." : message);
    }
}
