using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using SniProxy.Core.Policies;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;

namespace SniProxy.Cli.Policies;

/// <summary>A policy document as it stands in a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Root">The document as it is written.</param>
/// <param name="Document">What it means.</param>
internal sealed record PolicySource(string File, DocumentNode Root, PolicyDocument Document)
{
    /// <exception cref="InvalidConfigurationException">There is no such file, or not everything in it is right.</exception>
    public static PolicySource Read(string file, BundleShelf bundles) =>
        TryRead(file, bundles, out var source, out var errors) ? source : throw new InvalidConfigurationException([.. errors.Select(error => error.ToString())]);

    public static bool TryRead(string file, BundleShelf bundles, [NotNullWhen(true)] out PolicySource? source, out IReadOnlyList<PolicyError> errors)
    {
        source = null;
        if (ReadNodes(file, out var error) is not { } root)
        {
            errors = error is null ? [] : [error];
            return false;
        }

        var reading = PolicyDocumentReader.Read(root, file, Path.GetFileNameWithoutExtension(file), bundles);
        errors = reading.Errors;
        source = reading.Document is null ? null : new PolicySource(file, root, reading.Document);
        return source is not null;
    }

    /// <summary>A document of any kind, in YAML or JSON.</summary>
    public static DocumentNode? ReadNodes(string file, out PolicyError? error)
    {
        try
        {
            return PolicyYaml.ReadNodes(PolicyFile.ReadWithin(file, PolicyDocument.MaxBytes + 1), file, out error);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            error = PolicyFile.Unreadable(file, problem);
            return null;
        }
    }

    /// <summary>What stands in the file of that name, or in the document of that name in the policies folder.</summary>
    /// <inheritdoc cref="Locate"/>
    public static PolicySource Find(string nameOrFile, ConfigurationOptions configuration, ParseResult parsed)
    {
        var (file, bundles) = Locate(nameOrFile, configuration, parsed);
        return Read(file, bundles);
    }

    /// <summary>The file of that name, or that of the policy of that name in the policies folder, with the bundles that it can use.</summary>
    /// <param name="nameOrFile">Either.</param>
    /// <param name="configuration">Read only where it was named, or where there is no such file.</param>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="InvalidConfigurationException">There is neither.</exception>
    public static (string File, BundleShelf Bundles) Locate(string nameOrFile, ConfigurationOptions configuration, ParseResult parsed)
    {
        if (System.IO.File.Exists(nameOrFile) || nameOrFile.Contains('/', StringComparison.Ordinal))
        {
            return (nameOrFile, configuration.OpenBundles(parsed));
        }

        var options = configuration.Load(parsed).Policies;
        var bundles = options.OpenBundles();
        foreach (var file in PolicyFolder.FilesOf(options.Folder))
        {
            if (Path.GetFileNameWithoutExtension(file) == nameOrFile || (TryRead(file, bundles, out var source, out _) && source.Document.Name == nameOrFile))
            {
                return (file, bundles);
            }
        }

        throw new InvalidConfigurationException([$"{nameOrFile}: there is no such file, and no policy of that name in {options.Folder}; name one that \"sniproxy policy list\" shows, or a file"]);
    }
}
