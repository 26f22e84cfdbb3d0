using SniProxy.Storage;

namespace SniProxy.Tests.Storage;

/// <summary>A counter of revisions that outlives nothing.</summary>
internal static class TestRevisions
{
    public static Revisions From(long last) => new(last, _ => { });
}
