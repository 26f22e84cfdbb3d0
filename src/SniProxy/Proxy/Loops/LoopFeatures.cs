using System.Collections;
using Microsoft.AspNetCore.Http.Features;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Loops;

/// <summary>The features of a loop's connection: one, and whatever else somebody adds. A dictionary for one entry would cost each connection 400 bytes.</summary>
internal sealed class LoopFeatures(IProxiedConnection connection) : IFeatureCollection
{
    private IProxiedConnection connection = connection;
    private FeatureCollection? others;

    public bool IsReadOnly => false;

    public int Revision => others?.Revision ?? 0;

    public object? this[Type key]
    {
        get => key == typeof(IProxiedConnection) ? connection : others?[key];
        set
        {
            if (key == typeof(IProxiedConnection) && value is IProxiedConnection replacement)
            {
                connection = replacement;
                return;
            }

            (others ??= new FeatureCollection())[key] = value;
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator()
    {
        yield return new(typeof(IProxiedConnection), connection);
        foreach (var other in others ?? [])
        {
            yield return other;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
