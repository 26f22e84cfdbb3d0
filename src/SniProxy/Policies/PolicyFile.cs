using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>One policy document on disk: the compiled policy, or every error in it.</summary>
internal sealed record PolicyFile(Policy? Policy, IReadOnlyList<PolicyError> Errors, PolicyDocument? Document = null)
{
    public string ErrorText => string.Join(' ', Errors.Select(error => error.ToString()));

    /// <param name="path">The file; its name without the extension is the policy's name unless the document gives one.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="revision">The revision the policy is to carry.</param>
    /// <param name="now">Rules that expire before are left out.</param>
    /// <param name="bundles">What its <c>use</c> can name; null for nothing.</param>
    public static PolicyFile Compile(string path, ReadOnlySpan<byte> text, long revision, DateTimeOffset now, BundleShelf? bundles = null)
    {
        var reading = PolicyYaml.Read(text, path, Path.GetFileNameWithoutExtension(path), bundles);
        return reading.Document is { } document && reading.Errors.Count == 0
            ? new PolicyFile(PolicyCompiler.Compile(document, revision, now), [], document)
            : new PolicyFile(null, reading.Errors);
    }

    /// <summary>The same document as it stands now: rules that have expired since are left out.</summary>
    public PolicyFile Renew(long revision, DateTimeOffset now) =>
        Document is { } document && Policy is { NextExpiry: { } expiry } && expiry <= now ? this with { Policy = PolicyCompiler.Compile(document, revision, now) } : this;

    /// <summary>Reads the file and compiles what it holds.</summary>
    /// <inheritdoc cref="Compile"/>
    public static PolicyFile Read(string path, long revision, DateTimeOffset now, BundleShelf? bundles = null)
    {
        try
        {
            return Compile(path, ReadWithin(path, PolicyDocument.MaxBytes + 1), revision, now, bundles);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new PolicyFile(null, [Unreadable(path, error)]);
        }
    }

    /// <summary>Why nothing can be read there, and what to name or to do instead.</summary>
    public static PolicyError Unreadable(string path, Exception error)
    {
        var (message, fix) = Directory.Exists(path) ? ("this is a folder", "name a document in it")
            : error is FileNotFoundException or DirectoryNotFoundException ? ("there is no such file", "name a document that is there, such as policies/default.yaml")
            : ($"the file cannot be read: {error.Message.TrimEnd('.')}", "make it readable for whoever runs this");
        return new PolicyError(path, 1, 1, string.Empty, message, fix);
    }

    /// <summary>A byte more than a document may have tells that it is too large; the rest of a huge file is never read.</summary>
    public static byte[] ReadWithin(string path, int maxBytes)
    {
        using var file = File.OpenRead(path);
        var buffer = new byte[Math.Min(maxBytes, file.Length + 1)];
        var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return buffer[..length];
    }
}
