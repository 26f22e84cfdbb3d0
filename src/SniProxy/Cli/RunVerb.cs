using System.CommandLine;
using System.Runtime.InteropServices;
using SniProxy.Hosting;

namespace SniProxy.Cli;

/// <summary><c>sniproxy run</c>: the appliance.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var command = new Command(
            "run",
            "Runs the appliance until SIGTERM; reloads policies on SIGHUP and when their files change.\n\n"
            + "Example: sniproxy run --config /etc/sniproxy/appsettings.json");
        configuration.AddTo(command);
        command.SetVerb(async (parsed, cancellation) =>
        {
            var options = configuration.Load(parsed);
            var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            using var onCancel = cancellation.Register(() => stopping.TrySetResult());
            await using var appliance = await Appliance.StartAsync(options);
            using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                appliance.ReloadPolicies();
            });
            await stopping.Task;
            await appliance.StopAsync();
            return ExitStatus.Done;

            void Stop(PosixSignalContext signal)
            {
                signal.Cancel = true;
                stopping.TrySetResult();
            }
        });
        return command;
    }
}
