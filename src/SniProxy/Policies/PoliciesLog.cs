namespace SniProxy.Policies;

internal sealed partial class PoliciesLog(ILogger<PoliciesLog> logger)
{
    [LoggerMessage(3000, LogLevel.Information, "Policies are in force: {Count} of {Folder}, revision {Revision}.")]
    public partial void Published(int count, string folder, long revision);

    [LoggerMessage(
        3001, LogLevel.Error, "Policy {Policy} was not taken over; its last good version, if there is one, stays in force. {Errors}")]
    public partial void Broken(string policy, string errors);

    [LoggerMessage(3002, LogLevel.Warning, "The policies folder {Folder} cannot be watched; changes are taken over on SIGHUP only.")]
    public partial void Unwatched(Exception error, string folder);

    [LoggerMessage(3003, LogLevel.Error, "The policies folder {Folder} cannot be listed; the policies that were in force stay.")]
    public partial void Unlisted(Exception error, string folder);
}
