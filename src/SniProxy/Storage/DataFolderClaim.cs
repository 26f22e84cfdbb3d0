namespace SniProxy.Storage;

/// <summary>
/// One appliance, one data folder: two would write over each other's events and answer from each other's past. The file stays when the claim
/// ends; only the lock counts.
/// </summary>
internal sealed class DataFolderClaim : IDisposable
{
    private const string FileName = "sniproxy.lock";

    private readonly FileStream held;

    private DataFolderClaim(FileStream held) => this.held = held;

    /// <exception cref="StoreException">Another process has the folder, or the folder cannot be written.</exception>
    public static DataFolderClaim Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return FileLock.TryTake(path) is { } held
                ? new DataFolderClaim(held)
                : throw new StoreException($"{folder} is the data folder of another sniproxy that runs (`fuser {path}` tells its process). Stop that one, or give this one a folder of its own with --set DataFolder=PATH.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} cannot be made ({problem.Message.TrimEnd('.')}). The user that runs sniproxy needs to own the data folder.", problem);
        }
    }

    public void Dispose() => held.Dispose();
}
