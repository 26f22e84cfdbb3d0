namespace SniProxy.Api;

/// <summary>The sandbox that a path names, and what is said where there is none of that id.</summary>
internal static class KnownSandbox
{
    public static string IdOf(HttpContext context) => context.Request.RouteValues["id"] as string ?? string.Empty;

    public static Problem Missing(HttpContext context) => Missing(IdOf(context));

    public static Problem Missing(string id) => Problem.NotFound($"There is no sandbox \"{id}\"; \"sniproxy sandbox list\" (GET /sandboxes) shows those there are.");
}
