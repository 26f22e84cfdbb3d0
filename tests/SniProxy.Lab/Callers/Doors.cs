using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>Theory rows: a claim holds at every door and in both families unless it says otherwise.</summary>
public static class Doors
{
    public static IReadOnlyList<Door> Transparent { get; } = [Door.Redirect, Door.TProxy];

    public static IReadOnlyList<Door> All { get; } = [Door.Redirect, Door.TProxy, Door.Explicit];

    public static TheoryData<Door, Family> AndFamilies => Cross(All);

    public static TheoryData<Door, Family> TransparentAndFamilies => Cross(Transparent);

    public static TheoryData<string, Door, Family> ClientsAndFamilies => new(
        from door in All from client in Clients.All.Keys from family in Enum.GetValues<Family>() select (client, door, family));

    private static TheoryData<Door, Family> Cross(IReadOnlyList<Door> doors) =>
        new(from door in doors from family in Enum.GetValues<Family>() select (door, family));
}
