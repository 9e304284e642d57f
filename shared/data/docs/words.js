// Swagger UI speaks English alone. Its own words, and nothing that comes from the document or from an answer, are said
// otherwise as they appear; one that is not in the table stays as it is.
(words => {
    const NAMED = ["aria-label", "placeholder", "title"];
    const OF_DOCUMENT = ".renderedMarkdown, .markdown, pre, code, textarea, .opblock-summary-path, .opblock-tag a, " +
        ".opblock-summary-description, .parameter__name, .parameter__type, .model, .json-schema-2020-12, option, " +
        ".info .title";
    const OF_SWAGGER = ".parameters-col_description i"; // beside a default or an enum, as if it were of the document
    const table = new Map(Object.entries(words).map(([english, ours]) => [english.trim(), ours.trim()]));
    const said = text => {
        const found = table.get(text.trim());
        return found === undefined || found === text.trim() ? null : text.replace(text.trim(), () => found);
    };
    const sayText = node => {
        const ours = said(node.nodeValue);
        const within = selector => node.parentElement?.closest(selector);
        if (ours !== null && (within(OF_SWAGGER) || !within(OF_DOCUMENT))) node.nodeValue = ours;
    };
    const sayNames = element => NAMED.forEach(name => {
        const ours = element.hasAttribute(name) ? said(element.getAttribute(name)) : null;
        if (ours !== null) element.setAttribute(name, ours);
    });
    const say = node => {
        if (node.nodeType === Node.TEXT_NODE) return sayText(node);
        if (node.nodeType !== Node.ELEMENT_NODE) return;
        sayNames(node);
        const below = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
        while (below.nextNode()) below.currentNode.nodeType === Node.TEXT_NODE
            ? sayText(below.currentNode) : sayNames(below.currentNode);
    };
    new MutationObserver(changes => changes.forEach(({type, target, addedNodes}) => {
        if (type === "childList") addedNodes.forEach(say);
        else if (type === "characterData") sayText(target);
        else sayNames(target);
    })).observe(document.getElementById("swagger-ui"), {
        attributeFilter: NAMED, attributes: true, characterData: true, childList: true, subtree: true,
    });
})
