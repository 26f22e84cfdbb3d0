using System.Xml;
using System.Xml.Linq;

namespace SniProxy.Cli.Policies.Clients;

/// <summary>XML of a configuration file: without document types, which could name other files.</summary>
internal static class XmlFile
{
    /// <summary>The root element with all names outside of namespaces; null where there is no file or it cannot be read.</summary>
    public static XElement? Read(string file)
    {
        if (ClientMachine.Text(file) is not { } text)
        {
            return null;
        }

        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var root = XElement.Load(reader);
            foreach (var element in root.DescendantsAndSelf())
            {
                element.Name = element.Name.LocalName;
            }

            return root;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
