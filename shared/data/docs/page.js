// Swagger UI speaks English alone, and leaves some of what it draws out of reach of the keyboard and of screen readers.
// Its own words, and nothing that comes from the document or from an answer, are said otherwise as they appear; one that
// is not in the table stays as it is.
((words, lacking) => {
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
    const complete = element => {
        lacking.forEach(([selector, name, value]) => {
            if (element.matches(selector) && !element.hasAttribute(name)) element.setAttribute(name, value);
        });
        NAMED.forEach(name => {
            const ours = element.hasAttribute(name) ? said(element.getAttribute(name)) : null;
            if (ours !== null) element.setAttribute(name, ours);
        });
    };
    const see = node => {
        if (node.nodeType === Node.TEXT_NODE) return sayText(node);
        if (node.nodeType !== Node.ELEMENT_NODE) return;
        complete(node);
        const below = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
        while (below.nextNode()) below.currentNode.nodeType === Node.TEXT_NODE
            ? sayText(below.currentNode) : complete(below.currentNode);
    };
    new MutationObserver(changes => changes.forEach(({type, target, addedNodes}) => {
        if (type === "childList") addedNodes.forEach(see);
        else if (type === "characterData") sayText(target);
        else complete(target);
    })).observe(document.getElementById("swagger-ui"), {
        attributeFilter: NAMED, attributes: true, characterData: true, childList: true, subtree: true,
    });
})
