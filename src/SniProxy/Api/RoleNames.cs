namespace SniProxy.Api;

/// <summary>The words for roles in tokens, configuration and problems.</summary>
internal static class RoleNames
{
    public static string Of(Role role) => role switch
    {
        Role.Member => "member",
        Role.Developer => "developer",
        Role.Admin => "admin",
        _ => "none",
    };

    /// <summary>A word that is no role may do nothing.</summary>
    public static Role Parse(string word) => word switch
    {
        "member" => Role.Member,
        "developer" => Role.Developer,
        "admin" => Role.Admin,
        _ => Role.None,
    };
}
