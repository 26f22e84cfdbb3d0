using System.CommandLine;
using SniProxy.Hosting.Configuration;
using SniProxy.Storage;

namespace SniProxy.Cli;

/// <summary>What all verbs do alike: errors of known kinds end in their status, with words on standard error.</summary>
internal static class Verb
{
    public static void SetVerb(this Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            var errors = parsed.InvocationConfiguration.Error;
            try
            {
                return await action(parsed, cancellation);
            }
            catch (InvalidConfigurationException error)
            {
                foreach (var message in error.Errors)
                {
                    await errors.WriteLineAsync($"sniproxy: {message}");
                }

                return ExitStatus.InvalidConfiguration;
            }
            catch (Enforcement.MissingCapabilityException error)
            {
                await errors.WriteLineAsync($"sniproxy: {error.Message}");
                return ExitStatus.MissingCapability;
            }
            catch (UsageException error)
            {
                await errors.WriteLineAsync($"sniproxy: {error.Message}");
                return ExitStatus.WrongUsage;
            }
            catch (ApiFailureException error)
            {
                await errors.WriteLineAsync($"sniproxy: {error.Message}");
                return error.ExitStatus;
            }
            catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or StoreException or Enforcement.CommandFailedException or UnauthorizedAccessException)
            {
                await errors.WriteLineAsync($"sniproxy: {error.Message}");
                return ExitStatus.Failed;
            }
        });
}
