using System.Net;
using Microsoft.Net.Http.Headers;
using SniProxy.Storage;

namespace SniProxy.Api;

/// <summary>
/// Stands before every endpoint: which door, whose page, which token, which role. What it does not know it refuses. Whatever fails behind
/// it is answered as a problem.
/// </summary>
internal sealed class ApiGate(RequestDelegate next, TokenBook tokens, ILogger<ApiGate> logger)
{
    private const string BearerPrefix = "Bearer ";
    private static readonly object ActorKey = new();
    private static readonly object RoleKey = new();

    /// <summary>Who makes the change, as the store and the log name them.</summary>
    public static string ActorOf(HttpContext context) => context.Items[ActorKey] as string ?? "nobody";

    public static Role RoleOf(HttpContext context) => context.Items[RoleKey] is Role role ? role : Role.None;

    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (Refuse(context) is { } problem)
        {
            await Answers.WriteAsync(context, problem);
            return;
        }

        try
        {
            await next(context);
        }
        catch (Exception failure) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Answers.WriteAsync(context, Explain(context, failure));
        }

        if (!context.Response.HasStarted && context.Response.StatusCode >= StatusCodes.Status400BadRequest && context.Response.ContentType is null)
        {
            await Answers.WriteAsync(context, ForStatus(context));
        }

        if (!HttpMethods.IsGet(context.Request.Method))
        {
            logger.Changed(ActorOf(context), context.Request.Method, context.Request.Path.Value ?? string.Empty, context.Response.StatusCode);
        }
    }

    private Problem? Refuse(HttpContext context)
    {
        if (ForeignPage(context) is { } foreign)
        {
            return foreign;
        }

        var endpoint = context.GetEndpoint();
        var access = endpoint?.Metadata.GetMetadata<Access>();
        if (context.Features.Get<ApiDoorFeature>()?.Door == ApiDoor.Metrics)
        {
            return access is { IsOpenOnMetrics: true } ? null : Problem.NotFound("Metrics and health stand here: /metrics, /healthz, /readyz.");
        }

        if (access is { Needs: Role.None })
        {
            return null;
        }

        if (Authenticate(context) is { } unauthenticated)
        {
            return unauthenticated;
        }

        if (endpoint is null)
        {
            return Problem.NotFound($"There is nothing at {context.Request.Path}.");
        }

        // Routing's own answers (405) are no routes, and carry nothing to protect.
        return endpoint is RouteEndpoint route ? TooLow(context, access, route) : null;
    }

    // A page in a browser must not use a listening API: it cannot hide its Origin, and a name that was made to resolve to this
    // machine stands in its Host (DNS rebinding).
    private static Problem? ForeignPage(HttpContext context)
    {
        if (context.Request.Headers.Origin.Count > 0)
        {
            return new Problem(StatusCodes.Status403Forbidden, "origin_not_allowed", "Requests of web pages are refused: leave the Origin header out.");
        }

        var isLoopback = context.Connection.LocalIpAddress is { } local && IPAddress.IsLoopback(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local);
        if (!isLoopback || IsLoopbackName(context.Request.Host.Host))
        {
            return null;
        }

        return new Problem(StatusCodes.Status403Forbidden, "host_not_allowed", "On this address the Host must be localhost, 127.0.0.1 or [::1].");
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private Problem? Authenticate(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        if (header is not [{ } text] || !text.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
            return new Problem(StatusCodes.Status401Unauthorized, "no_token", "Send a token: \"Authorization: Bearer TOKEN\". The first one lies in admin.token in the data folder.");
        }

        if (tokens.Find(text[BearerPrefix.Length..].Trim()) is not { } token)
        {
            context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer error=\"invalid_token\"";
            return new Problem(StatusCodes.Status401Unauthorized, "bad_token", "The token is unknown or expired.");
        }

        context.Items[ActorKey] = token.Name;
        context.Items[RoleKey] = RoleNames.Parse(token.Role);
        return null;
    }

    private Problem? TooLow(HttpContext context, Access? access, RouteEndpoint route)
    {
        if (access is null)
        {
            logger.EndpointWithoutRole(route.RoutePattern.RawText);
            return new Problem(StatusCodes.Status403Forbidden, "role_too_low", "Nobody may call this.");
        }

        return RoleOf(context) >= access.Needs ? null : NeedsRole(access.Needs);
    }

    /// <summary>The refusal of a token whose role is too low.</summary>
    public static Problem NeedsRole(Role role) =>
        new(StatusCodes.Status403Forbidden, "role_too_low", $"This needs a token with the role {RoleNames.Of(role)}.");

    private Problem Explain(HttpContext context, Exception failure)
    {
        if (failure is StoreConflictException)
        {
            return new Problem(StatusCodes.Status409Conflict, "conflict", failure.Message);
        }

        if (failure is BadHttpRequestException bad)
        {
            return new Problem(bad.StatusCode, "malformed_request", bad.Message);
        }

        logger.RequestFailed(failure, context.Request.Method, context.Request.Path.Value ?? string.Empty);
        return failure is StoreException
            ? new Problem(StatusCodes.Status503ServiceUnavailable, "store_unavailable", failure.Message)
            : new Problem(StatusCodes.Status500InternalServerError, "internal", "The appliance failed; its log says how. Nothing was changed by halves.");
    }

    private static Problem ForStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.NotFound($"There is nothing at {context.Request.Path}."),
        StatusCodes.Status405MethodNotAllowed => new Problem(
            StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"{context.Request.Method} is not possible here; possible is {context.Response.Headers.Allow}."),
        var status => new Problem(status, "refused", $"The request was refused with status {status}."),
    };
}
