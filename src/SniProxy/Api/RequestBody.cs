using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Net.Http.Headers;

namespace SniProxy.Api;

/// <summary>Reads a JSON body strictly: what is misspelt must not be silently left out.</summary>
internal static class RequestBody
{
    public static async Task<(T? Value, Problem? Problem)> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (!IsJson(context.Request.ContentType))
        {
            return (null, new Problem(StatusCodes.Status415UnsupportedMediaType, "not_json", "The body must be JSON: send it with Content-Type: application/json."));
        }

        try
        {
            var value = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return value is null ? (null, Malformed("The body is null; an object is needed.")) : (value, null);
        }
        catch (JsonException problem)
        {
            return (null, Malformed(BodyFault.Explain(problem, type)));
        }
        catch (BadHttpRequestException problem)
        {
            return (null, problem.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new Problem(problem.StatusCode, "too_large", $"The body is larger than {ApiOptions.MaxBodyBytes} bytes.")
                : new Problem(problem.StatusCode, "malformed_request", problem.Message));
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static Problem Malformed(string detail) => new(StatusCodes.Status400BadRequest, "malformed_json", detail);
}
