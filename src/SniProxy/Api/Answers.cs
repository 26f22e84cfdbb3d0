using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SniProxy.Api;

/// <summary>Writes answers.</summary>
internal static class Answers
{
    // Answers are never part of a page (their type says so, and nosniff), so a quotation mark may stay one.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        WriteJsonAsync(context, value, type, "application/json; charset=utf-8", status);

    public static Task WriteAsync(HttpContext context, Problem problem) =>
        WriteJsonAsync(context, problem, ApiJson.Default.Problem, "application/problem+json", problem.Status);

    public static Task WriteTextAsync(HttpContext context, string text, string contentType, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static async Task WriteJsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, string contentType, int status)
    {
        var body = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(body, Readable))
        {
            JsonSerializer.Serialize(json, value, type);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
