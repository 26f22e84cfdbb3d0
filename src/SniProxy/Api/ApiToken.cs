namespace SniProxy.Api;

/// <summary>What the appliance keeps of a token: never the token itself.</summary>
/// <param name="Id">Names it in lists.</param>
/// <param name="Name">Given by whoever made it; changes are signed with it.</param>
/// <param name="Role">What it may do: <c>member</c>, <c>developer</c> or <c>admin</c>.</param>
/// <param name="Hash">SHA-256 of the token in lower-case hexadecimal. A token is 256 random bits, so a slow hash would add nothing.</param>
/// <param name="Expires">When it stops counting; null for never.</param>
internal sealed record ApiToken(string Id, string Name, string Role, string Hash, DateTimeOffset? Expires);
