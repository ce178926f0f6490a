// The tables of the commands that print and of those on images. Types, letters and aliases are podman's; the texts are
// ours.
#include "cli_options/listing.hpp"
#include "cli_options/rows.hpp"

namespace cove::cli_options {
namespace {

using Kind = options::Arity::Kind;

constexpr std::string_view kFormatHelp = "Print json, or by this Go `TEMPLATE`";
constexpr Option kFormat = text("format", 0, kFormatHelp);
constexpr Option kFormatJson = text("format", 'f', kFormatHelp, "json");
constexpr Option kFormatShort = text("format", 'f', kFormatHelp);

constexpr Option choice(std::string_view name, std::string_view help, std::string_view initial,
                        std::string_view choices) {
  return {.name = name,
          .type = Type::choice,
          .initial = initial,
          .help = help,
          .choices = choices,
          .complete = Complete::choices};
}

constexpr Option kPs[] = {
    flag("all", 'a', "Show containers that do not run too"),
    alias(flag("external", 0, "Taken for podman's sake: there are no other tools' containers"), "storage"),
    array("filter", 'f', "Show only containers that match `CONDITION`, as label=x"),
    kFormat,
    number(Type::integer, "last", 'n', "Show the last `N` created, in whatever state", "-1"),
    flag("latest", 'l', "Show the last created, in whatever state"),
    alias(flag("no-trunc", 0, "Show whole IDs and commands"), "notruncate"),
    flag("noheading", 0, "Leave the titles of the columns out"),
    alias(flag("ns", 0, "Show the namespaces"), "namespace"),
    flag("pod", 'p', "Show ID and name of the pod"),
    flag("quiet", 'q', "Show IDs only"),
    flag("size", 's', "Show sizes"),
    choice("sort", "Order of the lines", "created", "command,created,id,image,names,runningfor,size,status"),
    flag("sync", 0, "Taken for podman's sake: what is shown is always true"),
    number(Type::unsigned_int, "watch", 'w', "Show it again every `SECONDS`"),
};
constexpr Option kInspect[] = {
    kFormatJson,
    kLatest,
    flag("size", 's', "Add the sizes"),
    words(text("type", 't', "Kind of the objects", "all"), "all,artifact,container,image,network,pod,volume"),
};
constexpr Option kContainerInspect[] = {kFormatJson, kLatest, flag("size", 's', "Add the sizes")};
constexpr Option kImageInspect[] = {kFormatJson};
constexpr Option kImages[] = {
    flag("all", 'a', "Show intermediate images too"),
    flag("digests", 0, "Show digests"),
    array("filter", 'f', "Show only images that match `CONDITION`, as dangling=true"),
    kFormat,
    flag("history", 0, "Show the names that an image had"),
    flag("no-trunc", 0, "Show whole IDs"),
    flag("noheading", 'n', "Leave the titles of the columns out"),
    flag("quiet", 'q', "Show IDs only"),
    choice("sort", "Order of the lines", "created", "created,id,repository,size,tag"),
};
constexpr Option kRmi[] = {
    flag("all", 'a', "Remove all images"),
    flag("force", 'f', "Remove the containers that use it too"),
    flag("ignore", 'i', "An image that does not exist is no error"),
    flag("no-prune", 0, "Keep parents that nothing else uses"),
};
constexpr Option kLoad[] = {
    text("input", 'i', "Read `FILE` instead of standard input", {}, Complete::file),
    flag("quiet", 'q', "Show no progress"),
    hidden(file("signature-policy", "Signature policy")),
};
constexpr Option kPull[] = {
    flag("all-tags", 'a', "Pull every tag of the repository"),
    text("arch", 0, "Choose the image for `ARCH` instead of this machine's"),
    file("authfile", "File with the registries' credentials"),
    text("cert-dir", 0, "Folder with the registries' certificates", {}, Complete::folder),
    text("creds", 0, "Registry user as `USER:PASSWORD`"),
    array("decryption-key", 0, "Key to decrypt the image with", Complete::file),
    flag("disable-content-trust", 0, "Taken for docker's sake, without effect"),
    text("os", 0, "Choose the image for `OS` instead of this one"),
    text("platform", 0, "Choose the image for `OS/ARCH`"),
    words(text("policy", 0, "When to pull", "always"), "always,missing,never,newer"),
    flag("quiet", 'q', "Show no progress"),
    number(Type::unsigned_int, "retry", 0, "How often a failed pull is tried again", "3"),
    text("retry-delay", 0, "How long to wait before that"),
    hidden(file("signature-policy", "Signature policy")),
    kTlsVerify,
    text("variant", 0, "Choose the image for this variant of the architecture"),
};
constexpr Option kInfo[] = {hidden(flag("debug", 'D', "Taken for podman's sake, without effect")), kFormatShort};
constexpr Option kVersion[] = {kFormatShort};
constexpr Option kCheck[] = {
    flag("force", 'f', "Remove damaged images and containers"),
    number(Type::duration, "max", 'm', "Age from which a layer that nothing uses is damage", "24h0m0s"),
    flag("quick", 'q', "Leave checks out that take long"),
    flag("repair", 'r', "Remove damaged images"),
};

constexpr Table kPsTables[] = {kPs}, kInspectTables[] = {kInspect}, kContainerInspectTables[] = {kContainerInspect},
                kImageInspectTables[] = {kImageInspect}, kImagesTables[] = {kImages}, kRmiTables[] = {kRmi},
                kLoadTables[] = {kLoad}, kPullTables[] = {kPull}, kInfoTables[] = {kInfo},
                kVersionTables[] = {kVersion}, kCheckTables[] = {kCheck};

}  // namespace

constinit const options::Spec kPsSpec{
    .usage = "[options]",
    .summary = "List containers",
    .description = "Lists the containers that run, or all with --all.",
    .examples = "ps -a\nps -a --format \"{{.ID}} {{.Names}}\"\nps --size --sort names",
    .options = kPsTables,
    .arity = {Kind::none},
};
constinit const options::Spec kInspectSpec{
    .usage = "[options] {CONTAINER|IMAGE|POD|NETWORK|VOLUME} [...]",
    .summary = "Show all about an object",
    .examples = "inspect web\ninspect --type image IMAGE\ninspect --format \"{{.State.Status}}\" web",
    .options = kInspectTables,
};
constinit const options::Spec kContainerInspectSpec{
    .usage = "[options] CONTAINER [CONTAINER...]",
    .summary = "Show all about a container",
    .examples = "container inspect web\ncontainer inspect -l --format '{{.Config.Labels}}'",
    .options = kContainerInspectTables,
};
constinit const options::Spec kImageInspectSpec{
    .usage = "[options] IMAGE [IMAGE...]",
    .summary = "Show all about an image",
    .examples = "image inspect IMAGE\nimage inspect --format \"{{.Id}} {{.Size}}\" IMAGE",
    .options = kImageInspectTables,
};
constinit const options::Spec kImagesSpec{
    .usage = "[options] [IMAGE]",
    .summary = "List images",
    .examples = "images --sort repository\nimages --filter dangling=true\nimages --format \"table {{.ID}} {{.Tag}}\"",
    .options = kImagesTables,
    .arity = {Kind::at_most, 1},
};
constinit const options::Spec kImageExistsSpec{
    .usage = "IMAGE",
    .summary = "Tell whether an image exists",
    .description = "Exits with 0 if there is such an image, with 1 if there is none.",
    .examples = "image exists IMAGE",
    .arity = {Kind::exactly, 1},
};
constinit const options::Spec kTagSpec{
    .usage = "IMAGE TARGET_NAME [TARGET_NAME...]",
    .summary = "Give an image more names",
    .examples = "tag IMAGE my:1.0",
    .arity = {Kind::at_least, 2},
};
constinit const options::Spec kUntagSpec{
    .usage = "IMAGE [IMAGE...]",
    .summary = "Take names away from an image",
    .description = "Takes the names that follow the image away from it; without such, all its names.",
    .examples = "untag IMAGE my:1.0",
    .arity = {Kind::at_least, 1},
};
constinit const options::Spec kRmiSpec{
    .usage = "[options] IMAGE [IMAGE...]",
    .summary = "Remove one or more images",
    .examples = "rmi IMAGE\nrmi --all --force",
    .options = kRmiTables,
};
constinit const options::Spec kLoadSpec{
    .usage = "[options]",
    .summary = "Load images from an archive",
    .description =
        "Loads the images of a docker or OCI archive, which may be compressed, from a file or standard input.",
    .examples = "load --input FILE.tar\nload < FILE.tar.gz",
    .options = kLoadTables,
    .arity = {Kind::none},
};
constinit const options::Spec kPullSpec{
    .usage = "[options] IMAGE [IMAGE...]",
    .summary = "Get an image from a registry, an archive or a folder",
    .examples = "pull IMAGE:TAG\npull oci-archive:FILE.tar",
    .options = kPullTables,
    .arity = {Kind::at_least, 1},
};
constinit const options::Spec kInfoSpec{
    .usage = "[options]",
    .summary = "Show what this host has and how it is set up",
    .examples = "info\ninfo --format json",
    .options = kInfoTables,
    .arity = {Kind::none},
};
constinit const options::Spec kVersionSpec{
    .usage = "[options]",
    .summary = "Show the version",
    .examples = "version --format json",
    .options = kVersionTables,
    .arity = {Kind::none},
};
constinit const options::Spec kSystemCheckSpec{
    .usage = "[options]",
    .summary = "Check what is stored and settle what a crash left",
    .examples = "system check\nsystem check --repair",
    .options = kCheckTables,
    .arity = {Kind::none},
};
constinit const options::Spec kContainerGroup{.summary = "Manage containers"};
constinit const options::Spec kImageGroup{.summary = "Manage images"};
constinit const options::Spec kSystemGroup{.summary = "Manage this program and what it stores"};

}  // namespace cove::cli_options
