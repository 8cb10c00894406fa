//! What every page shows around its content: title, navigation, who is signed in, messages, footer.

use super::assets::asset;
use super::context::Ctx;
use super::flash::Flash;

/// A link in the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Address.
    pub href: String,
    /// Words.
    pub label: String,
    /// True on the page it points to.
    pub current: bool,
}

/// A group of links in the side navigation of staff pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkGroup {
    /// Words.
    pub heading: String,
    /// Links.
    pub links: Vec<Link>,
}

/// Who is signed in, as the frame shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageUser {
    /// Preferred name.
    pub name: String,
}

/// The frame of a page; templates have it as `page`. See `templates/layout/page.html`.
#[derive(Debug, Clone)]
pub struct Page {
    /// The task in words.
    pub title: String,
    /// The page shows a form again with mistakes.
    pub has_errors: bool,
    /// The organisation's name.
    pub site_name: String,
    /// BCP 47 tag.
    pub lang: String,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    /// `light`, `dark` or empty for the system's choice.
    pub theme: &'static str,
    /// Main navigation for this viewer.
    pub nav: Vec<Link>,
    /// Side navigation of staff pages.
    pub side: Vec<LinkGroup>,
    /// Who is signed in.
    pub user: Option<PageUser>,
    /// Messages shown once.
    pub flashes: Vec<Flash>,
    /// Token of this session for forms.
    pub csrf: String,
    /// Links to the site pages.
    pub footer: Vec<Link>,
    /// What a demonstration shows on every page.
    pub demo: Option<crate::demo::Banner>,
    /// Style sheet.
    pub css_href: String,
    /// The organisation's colours.
    pub brand_href: String,
    /// Icon.
    pub icon_href: String,
    /// Logo.
    pub logo_href: String,
    /// Time zone of whoever looks, IANA name.
    pub zone: String,
    /// Width of the logo when it is 32 pixels high.
    pub logo_width: u32,
}

impl Page {
    /// The same page with another title, for pages that are named after what they show.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    pub(super) fn new(ctx: &Ctx, title: String) -> Self {
        let at = |prefix: &str| ctx.path() == prefix || ctx.path().starts_with(&format!("{prefix}/"));
        let link =
            |href: &str, label: &str| Link { href: href.into(), label: label.into(), current: at(href) };
        let actor = ctx.actor();
        let own_logo = crate::site::logo::of(ctx.app());
        let (logo_href, logo_width) = own_logo.unwrap_or_else(|| (asset("img/folkmoot.svg"), 32));
        Self {
            title,
            has_errors: false,
            site_name: ctx.app().organisation().name.clone(),
            lang: "en".into(),
            dir: "ltr",
            theme: "",
            nav: crate::site::main_links(actor).iter().map(|(href, label)| link(href, label)).collect(),
            side: crate::site::staff_links(actor)
                .into_iter()
                .map(|(heading, links)| LinkGroup {
                    heading: heading.into(),
                    links: links.iter().map(|(href, label)| link(href, label)).collect(),
                })
                .collect(),
            user: actor.map(|a| PageUser { name: a.name.clone() }),
            flashes: ctx.take_flash().into_iter().collect(),
            csrf: ctx.csrf_token(),
            footer: crate::site::footer_links().iter().map(|(href, label)| link(href, label)).collect(),
            demo: ctx.app().demo().map(|d| d.banner()),
            css_href: asset("css/folkmoot.css"),
            brand_href: format!("/brand.css?v={}", ctx.app().organisation().brand.trim_start_matches('#')),
            icon_href: asset("img/folkmoot.svg"),
            zone: ctx.zone(),
            logo_href,
            logo_width,
        }
    }

    /// Marks the page as one with mistakes when `form` has any.
    #[must_use]
    pub fn for_form(mut self, form: &super::Form) -> Self {
        self.has_errors = !form.errors.is_empty();
        self
    }

    /// The instant `utc` (`2026-06-01T12:00:00Z`) on the viewer's clock, for templates; empty when that is UTC.
    #[must_use]
    pub fn in_zone(&self, utc: &str) -> String {
        folkmoot_store::Utc::parse(utc).map(|at| super::when::in_zone(at, &self.zone)).unwrap_or_default()
    }

    /// The served address of a static file, for templates.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        asset(name)
    }
}
