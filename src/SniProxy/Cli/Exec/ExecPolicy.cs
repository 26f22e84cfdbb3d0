using System.Text.Json;
using SniProxy.Core.Policies;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;

namespace SniProxy.Cli.Exec;

/// <summary>The policy document of a run, checked before anything is made for it.</summary>
internal sealed class ExecPolicy
{
    /// <summary>Its file's name in the run's policies folder.</summary>
    public const string FileName = "exec.yaml";

    private readonly byte[] document;

    private ExecPolicy(byte[] document, string source)
    {
        this.document = document;
        var reading = PolicyYaml.Read(document, source, Path.GetFileNameWithoutExtension(FileName), BundleFolder.Open(BundleFolder.BesideProgram));
        if (reading.Document is null || reading.Errors.Count > 0)
        {
            throw new InvalidConfigurationException([.. reading.Errors.Select(error => error.ToString())]);
        }

        Name = reading.Document.Name;
    }

    /// <summary>The name it has, or that its file gives it: the run's sandbox is judged by this one.</summary>
    public string Name { get; }

    /// <param name="file">A policy document, or null.</param>
    /// <param name="allow">Entries to allow; without a document everything else is denied.</param>
    public static ExecPolicy Choose(string? file, IReadOnlyList<string> allow)
    {
        if (file is not null && allow.Count > 0)
        {
            throw new UsageException($"--policy and --allow exclude each other: write the entries into {file}.");
        }

        return file is not null ? new ExecPolicy(Read(file), file) : new ExecPolicy(Allowing(allow), "--allow");
    }

    public void WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, FileName), document);
    }

    private static byte[] Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidConfigurationException([$"--policy {file}: there is no such file."]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException([$"--policy {file}: it cannot be read: {error.Message}"]);
        }
    }

    // JSON is YAML: the entries go through the same reader as those of a file.
    private static byte[] Allowing(IReadOnlyList<string> entries)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteStartArray("rules");
            foreach (var entry in entries)
            {
                json.WriteStringValue(entry);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
