"""Clouds: the known ones by name, any other by what its ARM endpoint tells."""

import pytest
from azure.core.exceptions import ServiceRequestError

from scanner.clouds import CLOUDS, METADATA_PATH, cloud_of_metadata, origin
from scanner.errors import StartError
from scanner.session import discover_cloud

STACK = "https://management.local.azurestack.external"


def entry(**changes):
    authentication = {"loginEndpoint": "https://adfs.azurestack.external/adfs/", "audiences": [f"{STACK}/abc/"]}
    told = {
        "name": "Stack",
        "resourceManager": f"{STACK}/",
        "logAnalyticsResourceId": "https://logs.azurestack.external/",
    }
    return told | {"authentication": authentication} | changes


def test_the_metadata_may_be_an_object():
    cloud = cloud_of_metadata(STACK + "/", entry())
    assert (cloud.name, cloud.arm, cloud.logs) == ("Stack", STACK, "https://logs.azurestack.external")
    assert cloud.authority == "https://adfs.azurestack.external/adfs"


def test_the_audience_loses_its_slash_before_the_scope_is_built():
    assert cloud_of_metadata(STACK, entry()).scope == f"{STACK}/abc/.default"


def test_of_a_list_the_entry_of_this_endpoint_counts():
    other = entry(name="Other", resourceManager="https://management.azure.com")
    assert cloud_of_metadata(STACK, [None, "junk", other, entry()]).name == "Stack"


def test_of_a_list_without_this_endpoint_the_first_counts():
    assert cloud_of_metadata("https://proxy.example", [entry()]).name == "Stack"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        "text",
        5,
        [None],
        entry(authentication=None),
        entry(authentication=[]),
        entry(authentication={}),
        entry(authentication={"loginEndpoint": 5, "audiences": ["https://a"]}),
        entry(authentication={"loginEndpoint": "", "audiences": ["https://a"]}),
        entry(authentication={"loginEndpoint": "https://a", "audiences": []}),
        entry(authentication={"loginEndpoint": "https://a", "audiences": "https://a"}),
        entry(authentication={"loginEndpoint": "https://a", "audiences": [None]}),
        entry(authentication={"loginEndpoint": "https://a:port", "audiences": ["https://a"]}),
        entry(authentication={"loginEndpoint": "https://[a", "audiences": ["https://a"]}),
    ],
)
def test_metadata_without_a_login_is_an_error_that_says_what_to_do(answer):
    with pytest.raises(StartError, match="--arm-endpoint"):
        cloud_of_metadata(STACK, answer)


@pytest.mark.parametrize("odd", ["https://x:port", "https://[x", "", 5, None])
def test_an_unreadable_address_beside_the_login_does_no_harm(odd):
    assert cloud_of_metadata(STACK, entry(resourceManager=odd)).name == "Stack"


@pytest.mark.parametrize("odd", [None, "", 5, "https://logs:port", "https://[logs", "logs"])
def test_a_cloud_without_log_queries_gives_tokens_to_its_arm_only(odd):
    cloud = cloud_of_metadata(STACK, entry(logAnalyticsResourceId=odd))
    assert cloud.token_origins == {("management.local.azurestack.external", 443)}


def test_each_cloud_exchanges_tokens_made_for_its_own_login():
    audiences = {name: cloud.exchange_audience.removeprefix("api://") for name, cloud in CLOUDS.items()}
    assert audiences == {
        "AzureCloud": "AzureADTokenExchange",
        "AzureUSGovernment": "AzureADTokenExchangeUSGov",
        "AzureChinaCloud": "AzureADTokenExchangeChina",
    }


@pytest.mark.parametrize(
    ("login", "audience"),
    [
        ("https://login.microsoftonline.us/", "api://AzureADTokenExchangeUSGov"),
        ("https://adfs.azurestack.external/adfs/", "api://AzureADTokenExchange"),
    ],
)
def test_the_login_of_an_endpoint_decides_on_the_exchanged_tokens(login, audience):
    authentication = {"loginEndpoint": login, "audiences": [STACK]}
    assert cloud_of_metadata(STACK, entry(authentication=authentication)).exchange_audience == audience


def test_a_cloud_without_a_name_is_custom():
    assert cloud_of_metadata(STACK, entry(name=None)).name == "custom"


def test_only_a_login_host_that_azure_identity_knows_keeps_instance_discovery():
    known = {
        "loginEndpoint": "https://login.microsoftonline.us/",
        "audiences": ["https://management.usgovcloudapi.net"],
    }
    assert cloud_of_metadata(STACK, entry(authentication=known)).known
    assert not cloud_of_metadata(STACK, entry()).known


def test_the_three_clouds_are_https_without_a_trailing_slash():
    for name, cloud in CLOUDS.items():
        assert cloud.name == name
        assert cloud.known
        for url in (cloud.arm, cloud.authority, cloud.audience, cloud.logs):
            assert url.startswith("https://")
            assert not url.endswith("/")


def test_an_origin_has_no_case_and_a_default_port():
    assert origin("https://Management.Azure.COM/x") == ("management.azure.com", 443)
    assert origin("https://localhost:8443") == ("localhost", 8443)


# -- asking an endpoint ---------------------------------------------------------------------------------------


async def test_the_metadata_is_asked_without_a_token(script):
    script.on(f"{STACK}/metadata/endpoints", [entry()])
    assert (await discover_cloud(f"{STACK}/", script)).name == "Stack"
    [sent] = script.sent
    assert sent.url == STACK + METADATA_PATH
    assert "Authorization" not in sent.headers


@pytest.mark.parametrize("answer", [b"<html>", b"", (404, {}, {}), (403, b"no", {}), [], {}, None])
async def test_an_endpoint_that_is_no_arm_is_an_error_that_says_so(script, answer):
    script.on(f"{STACK}/metadata/endpoints", answer)
    with pytest.raises(StartError, match="--arm-endpoint"):
        await discover_cloud(STACK, script)


async def test_an_endpoint_that_does_not_answer_is_told(script):
    script.on(f"{STACK}/metadata/endpoints", ServiceRequestError("no such host"))
    with pytest.raises(StartError, match=r"cannot reach .*no such host.*HTTPS_PROXY"):
        await discover_cloud(STACK, script)


async def test_the_endpoint_may_stumble_once(script):
    script.on(f"{STACK}/metadata/endpoints", (503, b"", {}), entry())
    assert (await discover_cloud(STACK, script)).name == "Stack"


async def test_the_embedded_azure_describes_itself(collect):
    estate, emulator = await collect()
    assert estate.facts.cloud == emulator.tenant.cloud
