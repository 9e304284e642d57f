"""What Open311 GeoReport v2 answers, by the names that the specification gives its parts.

Both formats are made of these: as JSON the list of them, as XML elements of the same names.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.http.wire import Answer


class Open311Format(StrEnum):
    JSON = "json"
    XML = "xml"


class Open311Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Element(Answer):
    """`root` and `element`: how XML calls a list of these, and one. `alone`: what stands by itself in no list."""

    root: ClassVar[str] = ""
    element: ClassVar[str] = ""
    alone: ClassVar[bool] = False


class Open311Error(Element):
    """What is wrong: one for each field, else one of all."""

    root, element = "errors", "error"

    code: int = Field(description="The status of the answer.")
    description: str = Field(description="A sentence that says what to do.")


class Open311Receipt(Element):
    """A report that is stored: its number, or a token that the number is asked for by."""

    root, element = "service_requests", "request"

    service_request_id: str | None = Field(None, description="The tracking number.")
    token: str | None = Field(None, description="Ask `tokens/{token}` for the number.")
    service_notice: str | None = Field(None, description="What the reporter can do now.")
    account_id: str | None = Field(None, description="Always null: we tell nobody about accounts.")
    access_code: str | None = Field(
        None, description="With `extensions=true`: what opens the report as its reporter sees it. Shown here alone."
    )


class Open311Token(Element):
    """The number that a token stands for."""

    root, element = "service_requests", "request"

    service_request_id: str = Field(description="The tracking number.")
    token: str = Field(description="The token that was asked for.")


class Open311Service(Element):
    """What a report can be about: a category."""

    root, element = "services", "service"

    service_code: str = Field(description="The code of the category.")
    service_name: str = Field(description="Its label.")
    description: str | None = Field(description="Its label with that of the group.")
    metadata: bool = Field(description="Whether there is more to be asked: `services/{service_code}` tells what.")
    type: Literal["realtime", "batch"] = Field(
        description="`realtime`: a report gets its number at once. `batch`: it gets a token first."
    )
    keywords: str | None = Field(description="Always null: there are none.")
    group: str | None = Field(description="The label of the category above it.")


class Open311Value(Element):
    root, element = "values", "value"

    key: str = Field(description="What is sent.")
    name: str = Field(description="What people read.")


class Open311Attribute(Element):
    root, element = "attributes", "attribute"

    variable: bool = Field(description="Whether it is to be filled in; else it only tells something.")
    code: str = Field(description="It is sent as `attribute[code]`.")
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"] = Field(
        description="What kind of value it has."
    )
    required: bool = Field(description="Whether a report without it is refused.")
    datatype_description: str | None = Field(description="How the value is written.")
    order: int = Field(description="Its place in a form.")
    description: str = Field(description="What is asked.")
    values: list[Open311Value] = Field(description="What can be chosen.")
    automated: Literal["server_set"] | None = Field(
        None, description="`server_set`: the sending system fills it in, and asks nobody (FixMyStreet knows this)."
    )


class Open311Definition(Element):
    """What a report of a category can say beside the fixed fields."""

    element, alone = "service_definition", True

    service_code: str = Field(description="The code of the category.")
    attributes: list[Open311Attribute] = Field(description="In the order of a form.")


class Open311Attributes(Element):
    """With `extensions=true`: what the specification has no place for."""

    element, alone = "extended_attributes", True

    classification: str = Field(description="A code of `classifications` in GET /v1/codes.")
    title: str = Field(description="With the people in it masked.")
    status_group: str = Field(description="What the public sees of the status: a code.")
    status_label: str = Field(description="The same in words.")
    region_code: str | None = Field(description="The region that it is about.")
    agency_code: str | None = Field(description="The code of the agency.")
    supports: int = Field(description="How many people said that the report concerns them as well.")
    version: int = Field(description="How often what everybody reads of it has changed.")


class Open311Request(Element):
    """A report that is public, as everybody may see it."""

    root, element = "service_requests", "request"

    service_request_id: str = Field(description="The tracking number.")
    status: Open311Status = Field(description="`closed` once nothing more is done about it.")
    status_notes: str | None = Field(description="The newest official answer, with the people in it masked.")
    service_name: str | None = Field(description="The label of the category.")
    service_code: str = Field(description="The code of the category; `uncategorised`: it has none.")
    description: Annotated[str | None, Field(max_length=4000)] = Field(
        description="With the people in it masked, cut at 4,000 characters; null until it is masked."
    )
    agency_responsible: str | None = Field(description="The agency that answers it.")
    service_notice: str | None = Field(description="How `expected_datetime` is counted.")
    requested_datetime: str = Field(description="When it was received, to the minute.")
    updated_datetime: str | None = Field(description="When what everybody reads of it last changed, to the minute.")
    expected_datetime: str | None = Field(description="By when it is to be resolved; null while it waits for somebody.")
    address: str | None = Field(description="The region that it is about, with those around it.")
    address_id: str | None = Field(description="Always null: addresses have no ids here.")
    zipcode: str | None = Field(description="Always null: no postal codes are kept.")
    lat: float | None = Field(description="To the hundredth of a degree, about a kilometre.")
    long: float | None = Field(description="To the hundredth of a degree.")
    media_url: str | None = Field(
        description="Always null: files have addresses for minutes alone, which "
        "`GET /v1/reports/{tracking_number}/evidence` gives."
    )
    extended_attributes: Open311Attributes | None = Field(None, description="With `extensions=true` alone.")


class Open311Update(Element):
    """What became of a public report: an official answer, or a step that everybody sees."""

    root, element = "service_request_updates", "request_update"

    update_id: str = Field(description="The same whenever it is told.")
    service_request_id: str = Field(description="The tracking number.")
    status: Open311Status = Field(description="Of the report, from then on.")
    updated_datetime: str = Field(description="The end of the minute in which it happened.")
    description: str = Field(description="The answer, with the people in it masked; else what happened.")
    media_url: str | None = Field(description="Always null: no files are told with it.")


class Open311UpdateReceipt(Element):
    """An update that is stored."""

    root, element = "service_request_updates", "request_update"

    update_id: str = Field(description="Under which it was taken; the same for a repeat.")


class Open311Endpoint(Element):
    root, element = "endpoints", "endpoint"

    specification: str = Field(description="What it follows.")
    url: str = Field(description="Where it is.")
    changeset: str = Field(description="Since when it has been so.")
    type: Literal["production", "test"] = Field(description="Whether reports are worked on.")
    formats: list[str] = Field(description="The media types that it answers in.")


class Open311Discovery(Element):
    """Where the service is, and whom to ask about keys."""

    element, alone = "discovery", True

    changeset: str = Field(description="Since when it has been so.")
    contact: str = Field(description="Whom to ask.")
    key_service: str = Field(description="How a key is obtained.")
    endpoints: list[Open311Endpoint] = Field(description="The services of this installation.")
